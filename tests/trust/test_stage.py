"""The harness itself: twins agree on what may be seen, the press prints what the product would write."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from pathlib import Path

from graph.home import Home
from graph.ledger import Ledger
from tests.trust import oracle
from tests.trust.press import LEAST_TIME, Press, as_csv
from tests.trust.twins import twin
from tests.trust.worlds import NOW, World, draw


def test_twins_agree_on_all_that_may_be_seen_and_on_nothing_else() -> None:
    changed = 0
    for seed in range(150):
        world, request = draw(seed)
        other = twin(world, request, seed + 1)
        assert set(oracle.shown(world, request)) == set(oracle.shown(other, request))
        assert oracle.masked(world, request) == oracle.masked(other, request)
        assert world.asker == other.asker
        changed += set(world.claims) != set(other.claims)
    assert changed == 150


def test_worlds_are_of_many_sorts() -> None:
    drawn = [draw(seed) for seed in range(150)]
    opened = [oracle.opens(*one) for one in drawn]
    assert 0.6 < sum(opened) / len(drawn) < 0.99
    seen = [len(oracle.shown(*one)) / len(one[0].claims) for one, may in zip(drawn, opened, strict=True) if may]
    assert 0.3 < sum(seen) / len(seen) < 0.9
    assert sum(bool(oracle.masked(*one)) for one in drawn) > 50


def dump(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """Return what a ledger holds, its own numbers aside."""
    with sqlite3.connect(home.ledger_path) as db:
        claims = db.execute(
            "SELECT c.cid, s.eid, s.delivered, ks.text, p.text, o.eid, c.value, v.text, c.valid_from, c.valid_to,"
            " c.certain_from, c.certain_to, g.text, c.assertion, c.category, m.content, so.name, r.eid, c.locator,"
            " c.note, c.row, d.digest, t.at IS NULL"
            " FROM claim c JOIN entity s ON s.nid = c.subject JOIN term ks ON ks.nid = s.kind"
            " JOIN term p ON p.nid = c.predicate LEFT JOIN entity o ON o.nid = c.object"
            " JOIN term v ON v.nid = c.valid JOIN term g ON g.nid = c.grade JOIN marking m ON m.nid = c.marking"
            " JOIN source so ON so.nid = c.source LEFT JOIN entity r ON r.nid = c.report"
            " JOIN delivery d ON d.nid = c.delivery LEFT JOIN retraction t ON t.claim = c.seq ORDER BY c.cid"
        ).fetchall()
        return {
            "claims": claims,
            "markings": db.execute("SELECT content, set_digest FROM marking ORDER BY content").fetchall(),
            "names": db.execute("SELECT n.text, n.folded FROM name_text n ORDER BY 1, 2").fetchall(),
            "commits": db.execute(f"SELECT at FROM commit_time WHERE at > '{LEAST_TIME}' ORDER BY at").fetchall(),
            "spaces": db.execute("SELECT name, regime, public_labels FROM namespace ORDER BY name").fetchall(),
            "files": db.execute("SELECT digest, files, rows, accepted, state FROM delivery ORDER BY digest").fetchall(),
        }


def written_by_the_product(home: Home, world: World) -> None:
    """Write a world as the loader would."""
    clock = [NOW]
    with Ledger(home, clock=lambda: clock[0]) as ledger:
        for at in sorted({s.at for s in world.claims} | {s.retracted for s in world.claims if s.retracted}):
            clock[0] = at
            with ledger.writer() as writer:
                for space in sorted({s.space for s in world.claims if s.at == at}):
                    here = [s for s in world.claims if s.at == at and s.space == space]
                    number = writer.namespace(space, "synthetic", space, public_labels=world.spaces[space])
                    content = as_csv(here)
                    file = {
                        "name": "claims.csv",
                        "sha256": home.keep(content),
                        "bytes": len(content),
                        "first_row": 0,
                        "rows": len(here),
                    }
                    digest = hashlib.sha256(f"{space}{at}".encode() + content).hexdigest()
                    delivery, _ = writer.delivery(number, digest, {}, [file])
                    writer.claims(number, delivery, [replace(s.claim, row=row) for row, s in enumerate(here)])
                    writer.delivered(delivery, accepted=len(here), quarantined=0)
                press = Press(home)
                writer.retract([press.cid(s) for s in world.claims if s.retracted == at], reason="wrong", by="somebody")
                press.close()


def test_the_press_prints_what_the_product_writes(tmp_path: Path) -> None:
    world, _ = draw(7)
    assert any(said.retracted for said in world.claims)
    world = replace(world, spaces={said.space: world.spaces[said.space] for said in world.claims})
    homes = [Home.init(tmp_path / name, clock=lambda: NOW) for name in "ab"]
    (tmp_path / "b" / "keys" / "home.key").write_bytes((tmp_path / "a" / "keys" / "home.key").read_bytes())
    homes[1] = Home.open(tmp_path / "b")
    written_by_the_product(homes[0], world)
    press = Press(homes[1])
    for earlier in (draw(8)[0], world):  # a world before it leaves nothing behind
        press.print(earlier, {}, [])
    press.close()
    assert dump(homes[0]) == dump(homes[1])
