"""The distribution of Neo4j Community, from Maven Central through `jgo`: fetched once per user, and kept."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

from graph.disk import locked, write_synced
from graph.errors import EngineUnavailable

VERSION = "2026.08.1"
_ENDPOINT = f"org.neo4j:neo4j:{VERSION}+org.neo4j.app:neo4j-server:{VERSION}"

Progress = Callable[[str], None]


def cache_folder() -> Path:
    """Return where the jars lie: the user's cache, or `KRYDSFELT_NEO4J_CACHE`."""
    from platformdirs import user_cache_path

    named = os.environ.get("KRYDSFELT_NEO4J_CACHE")
    return (Path(named) if named else user_cache_path("krydsfelt") / "neo4j") / VERSION


def class_path(progress: Progress) -> str:
    """Return the jars, fetched when they are not there yet."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache / "lock"):
        listed = cache / "jars.json"
        try:
            jars = [Path(jar) for jar in json.loads(listed.read_text(encoding="utf-8"))]
        except (OSError, ValueError):
            jars = []
        if not jars or not all(jar.is_file() for jar in jars):
            jars = _fetch(cache, progress)
            write_synced(listed, json.dumps([str(jar) for jar in jars]).encode())
        return os.pathsep.join(str(jar) for jar in jars)


def _fetch(cache: Path, progress: Progress) -> list[Path]:
    from jgo.env import EnvironmentBuilder
    from jgo.maven import MavenContext

    progress(f"Fetching Neo4j {VERSION} from Maven Central, about 180 MB, once per user ...")
    done = threading.Event()

    def report() -> None:
        while not done.wait(5):
            progress(f"  {sum(f.stat().st_size for f in cache.rglob('*.jar')) // 1_000_000} MB")

    watcher = threading.Thread(target=report, daemon=True)
    watcher.start()
    try:
        builder = EnvironmentBuilder(context=MavenContext(repo_cache=cache / "m2"), cache_dir=cache / "env")
        return [Path(jar) for jar in builder.from_endpoint(_ENDPOINT).all_jars]
    except Exception as error:  # jgo and what it stands on have no common error class
        message = f"Neo4j {VERSION} could not be fetched: {error}. Check the network and try again."
        raise EngineUnavailable(message) from error
    finally:
        done.set()
        watcher.join()
