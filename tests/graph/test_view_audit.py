"""Every answer of a view was written down before it left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from graph.audit import audit_of
from graph.audit_format import segments
from graph.audit_verify import verify
from graph.errors import AuditUnavailable, KrydsfeltError, NotInView, Refused
from graph.home import Home
from graph.view import View
from tests.graph.audit_process import end_writer, writer_of
from tests.graph.test_view import log_of, opened, world


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return world().home(tmp_path_factory.mktemp("audited"))


READS: dict[str, Callable[[View], object]] = {
    "search": lambda v: v.search("Kaja"),
    "look-up": lambda v: v.look_up("Kaja Lind"),
    "entity": lambda v: v.entity("person:lead"),
    "card": lambda v: v.card("person:lead"),
    "neighbours": lambda v: v.neighbours("person:lead"),
    "k-hop": lambda v: v.k_hop("person:lead", 2),
    "shortest path": lambda v: v.shortest_path("person:lead", "section:1"),
    "time path": lambda v: v.time_path("person:lead", "section:1"),
    "record": lambda v: v.record(v.card("section:1").claims[0].token),
    "vault": lambda v: _shut(lambda: v.vault("person:lead", strength=2)),
    "vault marking": lambda v: _shut(lambda: v.vault_marking("c", strength=2)),
    "claims": lambda v: v.claims([]),
    "case claims": lambda v: v.case_claims(),
    "of kind": lambda v: v.of_kind("Person"),
    "case": lambda v: v.case(),
    "statistics": lambda v: v.statistics(),
    "projection": lambda v: v.projection("analyse-settings"),
    "close": lambda v: v.close(),
}


def _shut(look: Callable[[], object]) -> None:
    """Look into a vault that is shut: an act like any other."""
    with suppress(Refused):
        look()


class TestAudit:
    @pytest.mark.parametrize("name", READS)
    def test_every_answer_was_written_down_first(self, home: Home, name: str) -> None:
        view, before = opened(home), len(log_of(home))
        READS[name](view)
        entries = [e for e in log_of(home)[before:] if e["kind"] in ("intent", "outcome")]
        intents = [e for e in entries if e["kind"] == "intent"]
        assert intents and entries[0]["kind"] == "intent"
        for intent in intents:
            assert {
                "user",
                "session",
                "view",
                "digest",
                "purpose",
                "case",
                "legal_basis",
                "reason",
                "at",
            } <= intent.keys()
            assert intent["view"] == view.id
        assert {e["intent"] for e in entries if e["kind"] == "outcome"} == {e["id"] for e in intents}

    @pytest.mark.parametrize("name", READS)
    def test_no_answer_without_audit(self, home: Home, name: str) -> None:
        view = opened(home)
        away = home.path / "away"
        home.audit.rename(away)
        try:
            with pytest.raises(AuditUnavailable):
                READS[name](view)
            with pytest.raises(AuditUnavailable):
                opened(home)
        finally:
            away.rename(home.audit)

    def test_every_public_method_is_among_them(self) -> None:
        silent = {
            "act",
            "allows",
            "lasting",
            "demand",
            "resolve",
            "resolve_all",
            "markings",
            "contents_held",
            "contents_open",
        }  # no answers about data: they are asked inside an act, or of policy
        public = {n for n in dir(View) if not n.startswith("_") and callable(getattr(View, n))}
        assert {n.replace("_", "-") for n in public - silent} == {n.replace(" ", "-") for n in READS}, (
            "a new method of the view needs a line in READS"
        )

    def test_refusals_are_written_down_too(self, home: Home) -> None:
        before = len(log_of(home))
        for case in ("case-2", "nothing"):
            with pytest.raises(NotInView):
                opened(home, case)
        with pytest.raises(Refused):
            opened(home, purpose="exchange")
        since = log_of(home)[before:]
        asked = {e["id"] for e in since if e["kind"] == "intent"}  # not those that an earlier test could not write down
        results = [e["result"] for e in since if e["kind"] == "outcome" and e["intent"] in asked]
        assert results == ["not-in-view", "not-in-view", "purpose"]

    def test_no_name_and_no_word_is_in_the_log(self, home: Home) -> None:
        view = opened(home)
        view.search("Mads Østergård")
        view.card("person:lead")
        text = "".join(p.read_text(encoding="utf-8") for p in segments(home.audit))
        assert "Mads" not in text and "Kaja" not in text and "person:lead" not in text

    def test_whom_an_answer_showed_can_be_found_again(self, home: Home) -> None:
        view = opened(home)
        view.card("section:1")
        outcome = log_of(home)[-1]
        rows = view._graph.rows([view.resolve("section:1"), view.resolve("person:lead")])
        expected = audit_of(home).touched([r.eid for r in rows.values()])
        assert outcome["touched"] == expected

    def test_an_act_that_no_role_has_is_refused(self, home: Home) -> None:
        view = opened(home)
        for action, says in (("export", "needs one of the roles"), ("fly", "no act")):
            with pytest.raises(Refused, match=says), view.act(action):
                raise AssertionError("the block must not run")

    def test_an_error_in_the_block_is_an_outcome(self, home: Home) -> None:
        view = opened(home)
        with (
            pytest.raises(KrydsfeltError),
            view.act("chart", subjects=[view.entity("person:lead")], detail={"hops": 1}),
        ):
            raise KrydsfeltError("no")
        assert log_of(home)[-1]["result"] == "error"

    def test_the_chain_is_whole_in_the_end(self, home: Home) -> None:
        assert verify(home).whole


@pytest.fixture
def written_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home whose audit is written by its own process, as a service has it."""
    monkeypatch.delenv("KRYDSFELT_AUDIT", raising=False)
    monkeypatch.setenv("KRYDSFELT_AUDIT_SECONDS", "0.5")
    home = world().home(tmp_path)
    yield home
    audit_of(home).close()
    end_writer(home)


def test_nothing_that_is_read_ahead_leaves_while_the_writer_halts(written_outside: Home) -> None:
    home = written_outside
    view = opened(home)
    view.card("person:lead")
    writer, before = writer_of(home), len(log_of(home))
    writer.suspend()
    try:
        for read in (lambda: view.card("section:1"), lambda: view.card("person:lead"), lambda: view.search("Kaja")):
            with pytest.raises(AuditUnavailable):
                read()
    finally:
        writer.resume()
    view.statistics()
    audit_of(home).checkpoint()
    late = {e["intent"] for e in log_of(home)[before:] if e.get("result") == "not-answered"}
    done = {e["intent"] for e in log_of(home)[before:] if e.get("result") == "ok"}
    asked = {e["id"]: e["action"] for e in log_of(home)[before:] if e["kind"] == "intent"}
    assert sorted(asked[i] for i in late) == ["read", "read", "search"]
    assert {asked[i] for i in done if i in asked} == {"statistics"}
    assert verify(home).whole
