"""Cedar against a table in plain Python: attribute by attribute, in random mixtures, claim by claim over a world."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.actor import Actor, ViewRequest
from graph.interval import NO_END
from graph.model import Marking
from graph.policy import Asking, Decisions, decide, policy_digest
from graph.view import open_view
from tests.factory import OPEN, World, clock, persona

ACTOR = Actor(
    "anna",
    frozenset({"analyst"}),
    2,
    frozenset({"red", "blue"}),
    frozenset({"prevent", "investigate", "exchange"}),
    "org-a",
    confirmed_until=NO_END,
)
ASKING = Asking("investigate", "polintel-4", "case-1")
MARKING = Marking(
    level=1,
    compartments=("red",),
    handling="H1",
    originator="org-b",
    share=("org-a",),
    purposes=("investigate", "prevent", "exchange", "outreach-aggregate"),
    legal_basis="LED-8",
    case="unbound",
    regime="synthetic",
    sealed=False,
)
BASES = ("polintel-4", "polintel-5", "rpl-115-1", "rpl-115-2", "rpl-115-3", "rpl-742", "pet-7", "gdpr-6-1-e", "LED-8")


CARRY = {
    "prevent": {*BASES} - {"rpl-742"},
    "investigate": {"polintel-4", "polintel-5", "rpl-742", "pet-7", "LED-8"},
    "exchange": {"polintel-4", "polintel-5", "rpl-742", "pet-7", "LED-8"},
    "outreach-aggregate": set(),  # figures only: an analyst reads nothing
}
POLICE = {"polintel-4", "polintel-5", "rpl-115-1", "rpl-115-2", "rpl-115-3", "rpl-742", "LED-8"}
UNDER = {"led": POLICE, "pet": {"pet-7"}, "research": {*BASES}, "synthetic": {*BASES}}


def table(actor: Actor, asking: Asking, m: Marking) -> bool:
    """What an analyst may read, written from the rules and not from the policy."""
    cooperation = m.legal_basis.startswith("rpl-115")
    return not [
        reason
        for reason, holds in {
            "level above clearance, or none": not 0 <= m.level <= actor.clearance,
            "a compartment is not held": bool(set(m.compartments) - actor.compartments),
            "purpose not of the marking": asking.purpose not in m.purposes,
            "purpose not of the actor": asking.purpose not in actor.purposes,
            "regime not of the actor": m.regime not in actor.regimes,
            "shared with nobody here": not (
                m.open or actor.org in m.share or (m.originator and m.originator == actor.org)
            ),
            "bound to no case or another": m.case != "unbound" and (m.case is None or m.case != asking.case),
            "no basis that carries the purpose": asking.legal_basis not in CARRY[asking.purpose],
            "no basis that the regime knows": m.legal_basis not in UNDER.get(m.regime, ()),
            "another controller's": asking.legal_basis not in UNDER.get(m.regime, ()),
            "cooperation under investigation or exchange": cooperation
            and asking.purpose in ("investigate", "exchange"),
            "sealed": m.sealed,
            "special": m.special,
            "minor outside a case": m.minor
            and (asking.case is None or asking.purpose not in ("prevent", "investigate")),
        }.items()
        if holds
    ]


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({}, True),
        ({"level": 2}, True),
        ({"level": 3}, False),
        ({"level": -1}, False),
        ({"compartments": ("blue", "red")}, True),
        ({"compartments": ("green", "red")}, False),
        ({"purposes": ()}, False),
        ({"purposes": ("prevent",)}, False),
        ({"share": ()}, False),
        ({"share": (), "open": True}, True),
        ({"share": (), "originator": "org-a"}, True),
        ({"share": ("org-c",)}, False),
        ({"legal_basis": ""}, False),
        ({"legal_basis": "made-up-1"}, False),
        ({"legal_basis": "rpl-115-2"}, False),
        ({"case": "case-1"}, True),
        ({"case": "case-2"}, False),
        ({"case": None}, False),
        ({"case": ""}, False),
        ({"regime": "pet"}, False),
        ({"regime": "research"}, True),
        ({"regime": ""}, False),
        ({"sealed": True}, False),
        ({"special": True}, False),
        ({"minor": True}, True),
    ],
)
def test_each_attribute_alone(change: dict[str, object], seen: bool) -> None:
    marking = replace(MARKING, **change)  # type: ignore[arg-type]
    assert decide(ACTOR, ASKING, [marking]) == [seen]
    assert table(ACTOR, ASKING, marking) is seen


def test_what_a_delivery_leaves_out_is_seen_by_nobody() -> None:
    everything = Actor(
        "all",
        frozenset({"analyst"}),
        3,
        frozenset(),
        frozenset({"investigate"}),
        "",
        frozenset({"", "synthetic"}),
        NO_END,
    )
    assert decide(everything, ASKING, [Marking()]) == [False]


def test_an_actor_without_an_organisation_is_not_the_unnamed_originator() -> None:
    nobody = replace(ACTOR, org="")
    assert decide(nobody, ASKING, [replace(MARKING, originator="", share=())]) == [False]


@pytest.mark.parametrize("purpose", ["investigate", "exchange"])
def test_cooperation_is_never_seen_under_investigation_or_exchange(purpose: str) -> None:
    marking = replace(MARKING, legal_basis="rpl-115-1")
    assert decide(ACTOR, Asking(purpose, "LED-8", None), [marking]) == [False]
    assert decide(ACTOR, Asking("prevent", "rpl-115-1", None), [marking]) == [True]


_names = st.sampled_from
markings = st.builds(
    Marking,
    level=st.integers(0, 3),
    compartments=st.lists(_names(["red", "blue", "green"]), max_size=2, unique=True).map(tuple),
    handling=_names(["H0", "H3"]),
    originator=_names(["", "org-a", "org-b"]),
    share=st.lists(_names(["org-a", "org-b"]), max_size=2, unique=True).map(tuple),
    open=st.booleans(),
    purposes=st.lists(_names(["prevent", "investigate", "exchange", "outreach-aggregate"]), unique=True).map(tuple),
    legal_basis=_names(["", "nonsense", *BASES]),
    case=_names([None, "unbound", "case-1", "case-2"]),
    regime=_names(["", "led", "pet", "research", "synthetic"]),
    special=st.booleans(),
    minor=st.booleans(),
    sealed=st.booleans(),
)
actors = st.builds(
    Actor,
    id=st.just("anna"),
    roles=st.just(frozenset({"analyst"})),
    clearance=st.integers(0, 3),
    compartments=st.frozensets(_names(["red", "blue", "green"])),
    purposes=st.frozensets(_names(["prevent", "investigate", "exchange", "outreach-aggregate"])),
    org=_names(["", "org-a", "org-b"]),
    regimes=st.frozensets(_names(["led", "pet", "research", "synthetic"])),
    confirmed_until=st.just(NO_END),
)
askings = st.builds(
    Asking,
    purpose=_names(["prevent", "investigate", "exchange", "outreach-aggregate"]),
    legal_basis=_names(["", "nonsense", *BASES]),
    case=_names([None, "case-1", "case-2"]),
)


@settings(max_examples=150)
@given(actors, askings, st.lists(markings, min_size=1, max_size=30))
def test_cedar_agrees_with_the_table(actor: Actor, asking: Asking, asked: list[Marking]) -> None:
    assert decide(actor, asking, asked) == [table(actor, asking, m) for m in asked]


@settings(max_examples=60)
@given(actors, askings, st.lists(st.lists(markings, max_size=12), min_size=1, max_size=3))
def test_what_is_remembered_is_what_cedar_says(actor: Actor, asking: Asking, growing: list[list[Marking]]) -> None:
    decisions, known = Decisions(), dict[int, Marking]()
    for more in growing:
        known |= {len(known) + i: m for i, m in enumerate(more, start=1)}
        seen = decisions.visible(actor, asking, known)
        assert seen == {n for n, m in known.items() if table(actor, asking, m)}


def test_lost_rights_are_lost_at_once() -> None:
    decisions = Decisions()
    assert decisions.visible(ACTOR, ASKING, {1: MARKING}) == {1}
    assert decisions.visible(replace(ACTOR, compartments=frozenset()), ASKING, {1: MARKING}) == frozenset()
    assert decisions.visible(ACTOR, ASKING, {1: MARKING}) == {1}


def test_claim_by_claim_over_a_world(tmp_path: Path) -> None:
    world = World().case("case-1").case("case-2", members=["liaison"])
    for number in range(4):
        world.marking(f"level-{number}", level=number)
    world.marking("ssp", legal_basis="rpl-115-1").marking("nobody", share=[], originator="").bare_marking("bare")
    world.marking("sealed", sealed=True).marking("red", compartments=["red"]).marking("pet", regime="pet")
    for number, name in enumerate(sorted(world.markings)):
        world.person(f"{number:02}", f"Kaja {name}", marking=name)
    home = world.home(tmp_path)
    actor = persona(home)
    for case, basis in ((None, "polintel-5"), ("case-1", "polintel-4")):
        view = open_view(home, actor, ViewRequest("investigate", case), session="t", clock=clock)
        shown = {c.marking for _, claims in view.of_kind("Person") for c in claims}
        expected = {
            n for n, body in world.markings.items() if table(actor, Asking("investigate", basis, case), _marking(body))
        }
        assert view.statistics().claims.get("name", 0) == len(expected)
        assert all(table(actor, Asking("investigate", basis, case), m) for m in shown)


def _marking(body: dict[str, object]) -> Marking:
    return Marking(**{k: tuple(v) if isinstance(v, list) else v for k, v in body.items()})  # type: ignore[arg-type]


def test_the_open_marking_of_the_tests_is_open() -> None:
    actor = replace(ACTOR, org="home", clearance=1, compartments=frozenset())
    assert decide(actor, ASKING, [_marking(OPEN)]) == [True]


def test_the_digest_names_the_rules() -> None:
    assert len(policy_digest()) == 64
