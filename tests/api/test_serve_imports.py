"""What serving must never import: the libraries of analyses, which run in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from graph.home import Home
from tests.homes import CASE

HEAVY = ("scipy", "pandas", "sklearn", "ortools", "networkit", "splink")
PROGRAM = """
import json, sys
from pathlib import Path
from fastapi.testclient import TestClient
from api import cli
from api.app import create_app
from api.settings import Settings
from graph.home import Home

home = Home.open(Path(sys.argv[1]))
asked = []
with TestClient(create_app(home, Settings(home=home.path)), base_url="http://127.0.0.1:8000") as client:
    def get(path):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text)
        asked.append(path)
        return answer.json()

    assert client.post("/api/v1/session", json={"persona": "analyst"}).status_code == 200
    opened = client.post("/api/v1/views", json={"purpose": "investigate", "case": sys.argv[2]})
    view = f"/api/v1/views/{opened.json()['id']}"
    first, second = [party["token"] for party in get(f"{view}/case")["parties"]][:2]
    get(f"{view}/search?q=a")
    for page in ("", "/neighbours", "/surroundings?hops=2"):
        get(f"{view}/entities/{first}{page}")
    for kind in ("shortest", "time"):
        get(f"{view}/paths?start={first}&end={second}&kind={kind}")
print(json.dumps({"asked": len(asked), "modules": sorted({name.partition(".")[0] for name in sys.modules})}))
"""


def test_serving_and_reading_import_no_library_of_analyses(home: Home) -> None:
    root = Path(__file__).parents[2]
    command = (sys.executable, "-c", PROGRAM, str(home.path), CASE)
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["asked"] == 7
    assert not set(said["modules"]) & set(HEAVY)
