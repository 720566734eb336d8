"""Small random worlds, written through the ledger in several transactions, with retractions between."""

from __future__ import annotations

from pathlib import Path
from random import Random

from graph.home import Home
from graph.interval import NO_BEGINNING, NO_END
from graph.ledger import Ledger
from graph.ledger_write import NewClaim, Writer
from graph.model import Marking
from graph.scope import Scope

LINKS = ("associated_with", "kin_of", "member_of", "present_at", "uses")
NAMES = (
    "Søren Aagaard",
    "Soeren Ågård",
    "Anna Sø",
    "Anna Maria Sørensen",
    "Li",
    "محمد",
    "O’Brien",
    "Anna",
    "Søs O'Brian",
)
VALID = (
    "",
    "2014",
    "2014-03",
    "2015-02-03/..",
    "../2015-06",
    "2016?",
    "2014/2016",
    "2015-06/2015-08",
    "2017-01-01/2017-03-31",
)


def grow(home: Home, random: Random, transactions: int = 3, size: int = 60) -> None:
    """Write some more into a home."""
    with Ledger(home) as ledger:
        for _ in range(transactions):
            with ledger.writer() as writer:
                _write(writer, random, size)


def make(path: Path, seed: int) -> tuple[Home, Random]:
    """Make a home with a world in it."""
    random, home = Random(seed), Home.init(path)
    grow(home, random)
    return home, random


def scope_of(random: Random, head: int, markings: int = 8) -> Scope:
    """Draw a scope: some markings, some knowledge time, some window."""
    visible = frozenset(random.sample(range(1, markings + 1), random.randint(1, markings)))
    as_of = random.choice((head, head, random.randint(0, head), head + 5))
    first = random.randint(16_000, 17_500)
    return Scope(visible, as_of, random.choice(((NO_BEGINNING, NO_END), (first, first + 400), (first, NO_END))))


def scopes(random: Random, head: int, count: int) -> list[Scope]:
    """Draw scopes; the first shows everything."""
    return [Scope(frozenset(range(1, 9)), head), *(scope_of(random, head) for _ in range(count - 1))]


def _write(writer: Writer, random: Random, size: int) -> None:
    for name, share in (("first", 0.75), ("second", 0.25)):
        space = writer.namespace(name, "synthetic", name, public_labels=True)
        delivery, _ = writer.delivery(space, f"{name}{writer.seq}", {}, [])
        writer.claims(space, delivery, [_claim(random) for _ in range(int(size * share))])
    cids = [row[0] for row in writer.ask("SELECT cid FROM claim ORDER BY seq")]
    writer.retract(random.sample(cids, len(cids) // 15), reason="wrong", by="test")


def _claim(random: Random) -> NewClaim:
    kind = random.choice(("Person", "Person", "Person", "Phone"))
    subject = f"{kind.lower()}:{random.randint(1, 14)}"
    about = {
        "marking": Marking(level=random.randint(0, 5) % 4, special=random.random() < 0.2),
        "source": random.choice(("police", "register")),
        "valid": random.choice(VALID),
        "grade": random.choice(("4x4:A1", "4x4:X4")),
        "assertion": random.choice(("fact", "assessment")),
        "category": random.choice((None, "a", "a", "b", "c", "d")),
        "report": random.choice((None, "report:1")),
        "locator": random.choice((None, "3:9")),
        "note": random.choice((None, "a note")),
        "row": random.randint(0, 99),
    }
    if random.random() < 0.35:
        predicate = random.choice(("name", "alias", "birth_date"))
        value = random.choice(NAMES) if predicate != "birth_date" else "1990"
        return NewClaim(subject, kind, predicate, value=value, **about)  # type: ignore[arg-type]
    other = random.choice(("Person", "Person", "Group", "Event"))
    value = random.choice((None, '{"kind": "call", "count": 3}', ""))
    target = f"{other.lower()}:{random.randint(1, 10)}"
    return NewClaim(subject, kind, random.choice(LINKS), object=target, object_kind=other, value=value, **about)  # type: ignore[arg-type]
