"""Three voices on random worlds: Cedar claim by claim, the array mask, the SQL and Cypher predicates.

Cedar is asked about each claim by itself, every attribute of its marking as it stands, nothing remembered and nothing
left out. The others answer from a scope: the arrays by a mask, the embedded engine in SQL, Neo4j in Cypher. In the
campaign Cedar is asked claim by claim for one asker of each world, and once for each distinct marking for the others:
its answer depends on nothing else of a claim. The other voices always answer for every claim.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from graph.actor import Actor
from graph.home import Home
from graph.ledger import Ledger
from graph.ledger_write import NewClaim
from graph.model import Marking
from graph.policy import Asking, Decisions
from graph.policy.cells import question, sample
from graph.policy.rules import rules
from graph.policy.table import table
from graph.scope import Scope
from graph.sql_graph import SqlGraph
from graph.store import GraphStore

SEED = 20261124
MARKINGS, CLAIMS, ASKERS = 40, 120, 6
Question = tuple[Actor, Asking, Marking]


def world(place: Path, seed: int, claims: int = CLAIMS, markings: int = MARKINGS) -> tuple[Home, list[Question]]:
    """Make a home whose claims stand under the markings of drawn cells; return it with the cells' questions."""
    random, home = Random(seed), Home.init(place)
    drawn = [question(cell) for cell in sample(table(), markings, seed)]
    marks = [marking for _, _, marking in drawn]
    with Ledger(home) as ledger, ledger.writer() as writer:
        space = writer.namespace("world", "synthetic", "world", public_labels=True)
        delivery, _ = writer.delivery(space, f"d{seed}", {}, [])
        writer.claims(space, delivery, [_claim(random, marks, row) for row in range(claims)])
    return home, drawn


def _claim(random: Random, markings: list[Marking], row: int) -> NewClaim:
    about = {
        "marking": random.choice(markings), "source": "register", "valid": "", "grade": "4x4:B2", "assertion": "fact",
        "category": None, "report": None, "locator": None, "note": None, "row": row,
    }  # fmt: skip
    subject = f"person:{random.randint(1, 30)}"
    if random.random() < 0.5:
        return NewClaim(subject, "Person", "name", value=f"Name {row}", **about)  # type: ignore[arg-type]
    target = f"phone:{random.randint(1, 30)}"
    return NewClaim(subject, "Person", "uses", object=target, object_kind="Phone", **about)  # type: ignore[arg-type]


Claims = list[tuple[bytes, Marking]]
"""Random id and marking of every claim of a world."""


def claims_of(home: Home) -> Claims:
    with Ledger(home) as ledger, ledger.read() as connection:
        markings = ledger.markings()
        rows = connection.exec_driver_sql("SELECT cid, marking FROM claim").all()
    return [(bytes(cid), markings[int(marking)]) for cid, marking in rows]


def by_claim(claims: Claims, actor: Actor, asking: Asking) -> set[bytes]:
    """Return the claims that Cedar allows, asked one by one."""
    answers = rules().ask([(actor, asking, marking) for _, marking in claims])
    return {cid for (cid, _), answer in zip(claims, answers, strict=True) if answer}


def by_marking(claims: Claims, actor: Actor, asking: Asking) -> set[bytes]:
    """Return the claims that Cedar allows, asked once for each distinct marking as it stands."""
    distinct = list({marking for _, marking in claims})
    answers = rules().ask([(actor, asking, marking) for marking in distinct])
    allowed = {marking for marking, answer in zip(distinct, answers, strict=True) if answer}
    return {cid for cid, marking in claims if marking in allowed}


def by_scope(
    home: Home, store: GraphStore, claims: Claims, actor: Actor, asking: Asking, decisions: Decisions
) -> list[set[bytes]]:
    """Return the claims that an engine shows under the scope, read in every way it has."""
    with Ledger(home) as ledger:
        scope = Scope(decisions.visible(actor, asking, ledger.markings()), ledger.head())
    return [
        set(store.scan(scope).column("cid").to_pylist()),
        {claim.cid for claim in store.claims(scope, [cid for cid, _ in claims])},
    ]


def askers(drawn: list[Question], random: Random, count: int) -> Iterator[tuple[Actor, Asking]]:
    """Draw who asks: two who may see something, where there are, and others with any clearance."""
    able = [(actor, asking) for (actor, asking, _), may in zip(drawn, rules().ask(drawn), strict=True) if may]
    yield from able[:2]
    for actor, asking, _ in random.sample(drawn, count - len(able[:2])):
        yield replace(actor, clearance=random.randint(0, 3)), asking


def differences(
    home: Home, stores: list[GraphStore], drawn: list[Question], seed: int, count: int, *, singly: int
) -> tuple[int, int, int]:
    """Return decisions, claims shown in all, and differences between Cedar and the engines.

    A decision is what one voice says of one claim to one asker. Of the first `singly` askers Cedar is asked claim by
    claim, of the others once for each distinct marking.
    """
    decided, shown, different, decisions, claims = 0, 0, 0, Decisions(), claims_of(home)
    for number, (actor, asking) in enumerate(askers(drawn, Random(seed), count)):
        allowed = (by_claim if number < singly else by_marking)(claims, actor, asking)
        shown += len(allowed)
        decided += len(claims)
        for store in stores:
            for answer in by_scope(home, store, claims, actor, asking, decisions):
                decided += len(claims)
                different += len(answer ^ allowed)
    return decided, shown, different


@pytest.mark.parametrize("seed", range(3))
def test_cedar_arrays_and_sql_agree(seed: int, tmp_path: Path) -> None:
    home, drawn = world(tmp_path / "home", SEED + seed)
    store = SqlGraph(home)
    asked, shown, different = differences(home, [store], drawn, seed, ASKERS, singly=ASKERS)
    store.close()
    assert (different, asked > 0, shown > 0) == (0, True, True)


@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
def test_cedar_and_cypher_agree(projected: Callable[[Home], GraphStore], tmp_path: Path) -> None:
    home, drawn = world(tmp_path / "home", SEED)
    store = projected(home)
    asked, shown, different = differences(home, [store], drawn, SEED, ASKERS, singly=ASKERS)
    store.close()
    assert (different, asked > 0, shown > 0) == (0, True, True)


def test_a_marking_of_another_case_is_never_asked_and_never_seen(tmp_path: Path) -> None:
    _, drawn = world(tmp_path / "home", SEED)
    for actor, asking, marking in drawn:
        other = replace(marking, case="somewhere-else")
        assert Decisions().visible(actor, asking, {1: other}) == frozenset()
        assert rules().ask([(actor, asking, other)]) == [False]


def test_a_marking_decides_for_all_its_claims(tmp_path: Path) -> None:
    home, drawn = world(tmp_path / "home", SEED)
    claims = claims_of(home)
    for actor, asking in askers(drawn, Random(SEED), ASKERS):
        assert by_marking(claims, actor, asking) == by_claim(claims, actor, asking)


@pytest.mark.campaign
@pytest.mark.neo4j
@pytest.mark.xdist_group("neo4j")
def test_the_voices_agree_on_many_worlds(projected: Callable[[Home], GraphStore], tmp_path: Path) -> None:
    """As many decisions as `KRYDSFELT_DECISIONS` says, 5,000,000 unless it says otherwise."""
    wanted = int(os.environ.get("KRYDSFELT_DECISIONS", "5000000"))
    began, asked, shown, number = time.monotonic(), 0, 0, 0
    while asked < wanted:
        home, drawn = world(tmp_path / f"home-{number}", SEED + number, claims=2_000, markings=MARKINGS * 4)
        stores = [SqlGraph(home), projected(home)]
        here, seen, different = differences(home, stores, drawn, number, MARKINGS, singly=1)
        for store in stores:
            store.close()
        assert different == 0, f"world {SEED + number}"
        asked, shown, number = asked + here, shown + seen, number + 1
        rate = asked / (time.monotonic() - began)
        print(f"{asked} decisions on {number} worlds, {shown} claims allowed, 0 differences, {rate:.0f}/s", flush=True)
