"""What a view finds and shows: searches, cards, links, paths, records, and whom verdicts join."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import NotInView, Refused
from graph.home import Home
from graph.view_claims import WITHHELD
from tests.factory import World, clock
from tests.graph.test_view import CASE, PARTIES, opened, token, world


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return world().home(tmp_path_factory.mktemp("reading"))


class TestSearch:
    @pytest.mark.parametrize("text", ["Kaja", "kaj", "LIND kaja", "Kajkat", "Kaia Lindh", "Afdeling n"])
    def test_open_names_by_prefix_word_order_alias_and_typing_error(self, home: Home, text: str) -> None:
        hits = opened(home).search(text).hits
        assert hits and hits[0].entity.delivered in ("person:lead", "section:1")

    @pytest.mark.parametrize("text", ["Mads", "Mads Øst", "Mads Oestergaardx", "Østergård", "AB-12345", "20304050x"])
    def test_masked_names_answer_to_no_part(self, home: Home, text: str) -> None:
        answer = opened(home).search(text)
        assert answer.hits == () and answer.known is None

    @pytest.mark.parametrize("text", ["Mads Østergård", "mads  oestergaard", "AB-123456", "ab 123456", "person:other"])
    def test_masked_names_answer_to_the_whole(self, home: Home, text: str) -> None:
        view = opened(home)
        answer = view.search(text)
        assert answer.hits == () and answer.known == view.entity(token(view, "person:other"))
        assert answer.known.label.startswith("K-")

    def test_a_masked_number_answers_however_it_is_written(self, home: Home) -> None:
        view = opened(home)
        for text in ("+45 20 30 40 50", "+4520304050", "20304050"):
            known = view.search(text).known
            assert known is not None and known.token == token(view, "phone:1"), text

    @pytest.mark.parametrize("purpose", ["prevent", "outreach-aggregate"])
    def test_a_planner_sees_no_claim(self, home: Home, purpose: str) -> None:
        view = opened(home, None, "planner", purpose=purpose)
        for ask in (
            lambda: view.search("Mads Østergård"),
            lambda: view.card("person:lead"),
            lambda: view.neighbours("section:1"),
            lambda: view.look_up("Mads Østergård"),
            lambda: view.of_kind("Person"),
        ):
            with pytest.raises(Refused, match="needs one of the roles"):
                ask()

    def test_look_ups_are_counted(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("graph.view_reads.LOOK_UPS", 2)
        view = opened(home)
        view.look_up("Nobody Atall")
        view.search("Mads Østergård")
        with pytest.raises(Refused, match="used up"):
            view.look_up("Mads Østergård")
        assert view.search("Kaja").hits

    def test_a_text_that_names_an_owner_is_withheld(self, home: Home) -> None:
        told = opened(home)._teller
        assert told.open_text("Mads Østergårds telefon") == WITHHELD
        assert told.open_text("Østergårds telefon") == WITHHELD  # few bear the name
        assert told.open_text("Det østerlandske telefonnet") == "Det østerlandske telefonnet"

    def test_a_withheld_text_is_not_found_by_a_name_in_it(self, home: Home) -> None:
        assert opened(home).search("Mads Østergård i går").hits == ()
        assert [h.entity.delivered for h in opened(home).search("nørrebanegård").hits] == ["document:2"]

    def test_kinds_narrow_the_search(self, home: Home) -> None:
        assert not opened(home).search("Kaja", kinds=("PrisonSection",)).hits


class TestReading:
    def test_conflicts_have_both_sides_with_their_claims(self, home: Home) -> None:
        (conflict,) = opened(home).card("person:lead").conflicts
        assert conflict.predicate == "placed_in"
        assert {side[0].source for side in conflict.sides} == {"prison", "unit"}

    def test_a_shortest_path_knows_its_weakest_link(self, home: Home) -> None:
        view = opened(home)
        path = view.shortest_path("person:lead", token(view, "person:young"))
        assert path is not None and [s.claim.grade for s in path.steps] == ["4x4:C3", "4x4:A1"]
        assert path.weakest == 0 and path.sources == 2
        assert path.steps[0].end == path.steps[1].start
        outside = opened(home, None)
        assert outside.shortest_path(token(outside, "person:lead"), token(outside, "person:young")) is None

    def test_a_time_path(self, home: Home) -> None:
        view = opened(home)
        assert view.time_path("person:lead", token(view, "person:young")) is not None

    def test_neighbours_and_their_rest(self, home: Home) -> None:
        view = opened(home)
        whole = view.neighbours("person:lead")
        assert {e.kind for e in whole.entities} == {"Person", "PrisonSection"} and whole.more == 0
        assert whole.entities[0].delivered == "person:lead"
        part = view.neighbours("person:lead", limit=1)
        assert len(part.links) == 1 and part.more == len(whole.links) - 1
        assert {c.predicate for c in view.neighbours("person:lead", predicates=("placed_in",)).links} == {"placed_in"}

    def test_hops_with_the_links_among_them(self, home: Home) -> None:
        view = opened(home)
        near, far = view.k_hop("person:lead", 1), view.k_hop("person:lead", 2)
        assert len(near.entities) == 3 and len(far.entities) == 5
        assert all(c.subject in far.entities and c.object in far.entities for c in far.links)
        people = view.k_hop("person:lead", 2, kinds=("Person",))
        assert {e.kind for e in people.entities} == {"Person"}
        assert view.k_hop("person:lead", 2, limit=2).more == 3

    def test_many_entities_have_the_same_links_among_them(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        view = opened(home)
        few = view.k_hop("person:lead", 2)
        monkeypatch.setattr("graph.view_links.FEW", 0)
        assert view.k_hop("person:lead", 2) == few

    def test_a_record_as_received(self, home: Home) -> None:
        view = opened(home)
        claim = next(c for c in view.card("person:lead").claims if c.predicate == "alias")
        record = view.record(claim.token)
        assert dict(zip(record.columns, record.cells, strict=True))["value"] == "Kajkatten"
        assert record.raw.startswith("person:lead,Person,alias") and record.where.file == "claims.csv"

    def test_a_record_that_names_somebody_masked_is_withheld(self, home: Home) -> None:
        view = opened(home)
        for claim in view.neighbours("person:lead", predicates=("associated_with",)).links:
            with pytest.raises(Refused, match="under a pseudonym"):
                view.record(claim.token)
        text = next(c for c in view.card("document:1").claims if c.predicate == "text")
        with pytest.raises(Refused, match="under a pseudonym"):
            view.record(text.token)

    def test_a_claim_that_is_not_told_has_no_record(self, home: Home) -> None:
        view = opened(home)
        rows = view._graph.store.claims_about(view.scope, [view.resolve(token(view, "person:other"))])
        name = next(r for r in rows if r.predicate == "name")
        with pytest.raises(NotInView):
            view.record(view._teller.tokens.claims([name.cid])[0])

    def test_claims_by_token(self, home: Home) -> None:
        view = opened(home)
        held = view.card("person:lead").claims
        assert view.claims([c.token for c in reversed(held)]) == list(reversed(held))
        with pytest.raises(NotInView):
            view.claims([held[0].token, "c" + "a" * 26])

    def test_claims_of_the_case(self, home: Home) -> None:
        assert [c.predicate for c in opened(home).case_claims()] == ["associated_with"]
        with pytest.raises(NotInView):
            opened(home, None).case_claims()
        with pytest.raises(NotInView):
            opened(home, None).case()

    def test_entities_of_a_kind(self, home: Home) -> None:
        ((ref, claims),) = opened(home).of_kind("PrisonSection")
        assert ref.label == "Afdeling Nord" and {c.predicate for c in claims} == {"name", "capacity"}
        assert opened(home).of_kind("Vehicle") == []

    def test_the_band_is_the_highest_marking_held(self, home: Home) -> None:
        assert opened(home).band.level == 1
        assert {m.level for m in opened(home).markings()} == {1}

    def test_what_a_claim_says_of_itself(self, home: Home) -> None:
        claim = next(c for c in opened(home).card("person:lead").claims if c.predicate == "associated_with")
        assert claim.qualifiers == {"kind": "call", "count": 3}
        assert (claim.grade, claim.assertion, claim.source, claim.marking.case) == ("4x4:C3", "fact", "register", CASE)
        assert claim.known_at == clock()


class TestSame:
    @pytest.fixture(scope="class")
    def joined(self, tmp_path_factory: pytest.TempPathFactory) -> Home:
        made = World(public_labels=True).marking("secret", level=3)
        for name in ("a", "b", "c", "d", "e"):
            made.person(name, f"Navn {name.upper()}").claim(f"person:{name}", "uses", f"phone:{name}")
        made.claim("person:a", "same_as", "person:b").claim("person:b", "same_as", "person:c", marking="secret")
        made.claim("person:d", "same_as", "person:e").claim("person:d", "not_same_as", "person:e")
        return made.home(tmp_path_factory.mktemp("same"))

    def test_visible_verdicts_join_and_hidden_ones_do_not(self, joined: Home) -> None:
        view = opened(joined, None)
        assert view.entity("person:a") == view.entity("person:b") != view.entity("person:c")
        phones = {e.delivered for e in view.neighbours("person:a").entities if e.kind == "Phone"}
        assert phones == {"phone:a", "phone:b"}
        card = view.card("person:b")
        assert len(card.also) == 1 and {c.value for c in card.claims if c.predicate == "name"} == {"Navn A", "Navn B"}

    def test_the_smallest_id_gives_the_token(self, joined: Home) -> None:
        view = opened(joined, None)
        rows = [view._graph.store.find(view.scope, f"person:{n}")[0] for n in "ab"]
        assert view.entity("person:a").token == view._teller.tokens.entity(min(r.eid for r in rows))

    def test_a_contradicted_verdict_joins_nobody(self, joined: Home) -> None:
        view = opened(joined, None)
        assert view.entity("person:d") != view.entity("person:e")

    def test_a_joined_pair_is_found_once(self, joined: Home) -> None:
        hits = opened(joined, None).search("Navn").hits
        assert len(hits) == 4 == len({h.entity.token for h in hits})

    def test_whom_a_verdict_joins_to_a_party_is_named_with_it(self, tmp_path: Path) -> None:
        made = (
            World().case(CASE, parties=PARTIES).person("lead", "Kaja Lind", born="1990-01-01").person("twin", "K. Lind")
        )
        made.person("victim", "Vera Holm", category="c").person("shade", "V. Holm")
        made.claim("person:lead", "same_as", "person:twin").claim("person:victim", "same_as", "person:shade")
        view = opened(made.home(tmp_path))
        assert view.entity(token(view, "person:twin")).delivered == "person:lead"
        assert view.entity(token(view, "person:shade")).form == "pseudonym"
