"""`doctor`: how a home is, with both engines side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from graph.audit_verify import VerifyReport, verify
from graph.errors import EngineUnavailable
from graph.home import Home
from graph.ledger import Ledger
from graph.sql_graph import SqlGraph
from graph.store import GraphStore

State = Literal["current", "behind", "not running", "not built"]


@dataclass(frozen=True, slots=True)
class EngineState:
    """How one engine stands to the ledger."""

    state: State
    watermark: int | None = None
    """The last claim it holds, by number."""
    digest: str | None = None
    """Over all it holds, read back out of it."""
    detail: str = ""
    """Why it does not answer, and what to do."""

    def to_json(self) -> dict[str, object]:
        """Return what is known of it."""
        given = {"watermark": self.watermark, "digest": self.digest, "detail": self.detail or None}
        return {"state": self.state} | {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Checkup:
    """How a home is."""

    home: str
    head: int
    embedded: EngineState
    neo4j: EngineState
    audit: VerifyReport

    @property
    def equal(self) -> bool | None:
        """Whether both engines hold the same; None when Neo4j does not run: there is nothing to compare.

        A projection that is not whole is not equal.
        """
        return None if self.neo4j.state == "not running" else self.embedded.digest == self.neo4j.digest

    def to_json(self) -> dict[str, Any]:
        """Return it as `doctor --json` prints it."""
        engines = {"embedded": self.embedded.to_json(), "neo4j": self.neo4j.to_json()}
        return {
            "home": self.home,
            "head": self.head,
            "engines": engines,
            "equal": self.equal,
            "audit": self.audit.to_json(),
        }

    def text(self) -> str:
        """Say it, a sentence or two a line."""
        ledger = f"its last claim is number {self.head:,}" if self.head else "it is empty"
        return "\n".join(
            (
                f"Ledger: {ledger}.",
                f"Embedded engine: {self._engine(self.embedded, 'embedded')}",
                f"Neo4j: {self._engine(self.neo4j, 'neo4j')}",
                f"Comparison: {self._comparison()}",
                f"Audit: {self.audit.text()}",
            )
        )

    def _engine(self, engine: EngineState, name: str) -> str:
        if engine.watermark is None:
            return f"{engine.state}. {engine.detail}"
        if engine.state == "current":
            return f"holds all of the ledger. Digest {engine.digest}."
        return (
            f"stops at number {engine.watermark:,} of {self.head:,}. "
            f"Bring it up: krydsfelt rebuild --engine {name}. Digest {engine.digest}."
        )

    def _comparison(self) -> str:
        if self.equal is None:
            return "there is nothing to compare while Neo4j does not run."
        if self.equal:
            return "both engines hold the same, down to every property of every claim."
        if self.neo4j.state == "current":
            return "the engines differ: Neo4j was changed by others. Make it again: krydsfelt rebuild --engine neo4j"
        return "the engines are not equal, since Neo4j does not hold the whole ledger."


def examine(home: Home) -> Checkup:
    """Read what the ledger and each engine hold, and the whole audit chain."""
    with Ledger(home) as ledger:
        head = ledger.head()
    embedded = SqlGraph(home)
    try:
        return Checkup(home.id, head, _state(embedded, head), _neo4j(home, head), verify(home))
    finally:
        embedded.close()


def _state(engine: GraphStore, head: int) -> EngineState:
    watermark = engine.watermark()
    return EngineState("current" if watermark == head else "behind", watermark, engine.digest())


def _neo4j(home: Home, head: int) -> EngineState:
    from graph.neo4j_graph import Neo4jGraph
    from graph.neo4j_server import connect

    try:
        driver = connect(home)
    except EngineUnavailable as error:
        return EngineState("not running", detail=error.message)
    with driver:
        try:
            return _state(Neo4jGraph(home, driver), head)
        except EngineUnavailable as error:
            return EngineState("not built", detail=error.message)
