"""The links of a whole world in plain Neo4j, made once and kept: what paths and neighbours are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import plain
from bench.lab import SEED, Lab
from bench.tables import links_of
from graph.home import Home

if TYPE_CHECKING:
    from neo4j import Driver

_COUNT = "MATCH (:Plain)-[r]->(:Plain) RETURN count(r)"


def plain_world(lab: Lab, name: str) -> Driver:
    """Return a driver to a server that holds the links of a world and nothing else."""
    place = lab.folder / f"plain-{name}-{SEED}"
    ready = lab.folder / f"plain-{name}-{SEED}.ready"
    driver = lab.neo4j(Home.open(place) if place.exists() else Home.init(place))
    if not ready.exists():
        lab.tell(f"the links of world {name} into plain Neo4j (kept for later runs)")
        with driver.session(database="neo4j") as session:
            session.run(plain.WIPE).consume()
        count = plain.create(driver, links_of(lab.home(name)))
        ready.write_text(str(count), encoding="utf-8")
    with driver.session(database="neo4j") as session:
        held = session.run(_COUNT).single(strict=True)[0]
    if held != int(ready.read_text(encoding="utf-8")):
        ready.unlink()
        return plain_world(lab, name)
    return driver
