"""The door: what a view shows, how it names people, what it refuses, and that each answer was written down first."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from graph.actor import ViewRequest
from graph.audit import audit_of
from graph.audit_format import segments
from graph.audit_verify import verify
from graph.errors import AuditUnavailable, KrydsfeltError, NotInView, NotSignedIn, Refused
from graph.home import Home
from graph.view import View, open_view
from graph.view_claims import WITHHELD
from tests.factory import Ticking, World, clock, persona

CASE = "case-1"
PARTIES = [
    {"entity": "person:lead", "category": "a", "role": "suspect", "reason": "seen"},
    {"entity": "person:young", "category": "a", "role": "suspect", "reason": "seen"},
    {"entity": "person:victim", "category": "c", "role": "victim", "reason": "hurt"},
    {"entity": "person:witness", "category": "d", "role": "witness", "reason": "saw"},
    {"entity": "person:past", "category": "a", "role": "suspect", "reason": "seen", "to": "2020-01-01"},
]


def world(*, public: bool = False) -> World:
    """A case with parties of every sort, people beside it, and hidden things."""
    made = World(public_labels=public).case(CASE, parties=PARTIES).case("case-2", members=["liaison"], title="Other")
    made.case("masked", masked=True).case("closed", state="closed").marking("secret", level=3)
    made.person("lead", "Kaja Lind", born="1990-05-01").person("young", "Ib Ung", born="2010-01-01")
    made.person("victim", "Vera Holm", born="1980-01-01", category="c").person("witness", "Vagn Dam", category="d")
    made.person("past", "Palle Før", born="1970-01-01").person("other", "Mads Østergård", born="1985-02-02")
    made.person("hidden", "Hemmelig Hansen", marking="secret")
    made.claim("person:lead", "alias", value="Kajkatten").claim("person:other", "identifier", value="AB-123456")
    made.claim("phone:1", "number", value="+45 20 30 40 50").claim("person:other", "uses", "phone:1")
    made.claim(
        "person:lead", "associated_with", "person:other", {"kind": "call", "count": 3}, marking=CASE, grade="4x4:C3"
    )
    made.claim("person:other", "associated_with", "person:young", {"kind": "meeting"}, grade="4x4:A1", source="unit")
    made.claim("person:lead", "associated_with", "person:hidden", {"kind": "call"}, marking="secret")
    made.claim("section:1", "name", value="Afdeling Nord").claim("section:1", "capacity", value="12")
    made.claim("person:lead", "placed_in", "section:1", valid="2024-01-01/2024-06-01", source="prison")
    made.claim("person:lead", "placed_in", "section:1", valid="2024-01-01/2024-03-01", source="unit")
    made.claim("document:1", "title", value="Notat").claim(
        "document:1", "text", value="Kaja mødte Mads Østergård i går."
    )
    made.claim("document:2", "text", value="Kaja Lind kom alene til Nørrebanegård.")
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return world().home(tmp_path_factory.mktemp("view"))


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return world(public=True).home(tmp_path_factory.mktemp("public"))


def opened(home: Home, case: str | None = CASE, who: str = "analyst", **more: object) -> View:
    request = ViewRequest(str(more.pop("purpose", "investigate")), case, **more)  # type: ignore[arg-type]
    return open_view(home, persona(home, who), request, session="s", clock=clock)


def token(view: View, delivered: str) -> str:
    """The token of an entity whose delivered id the test knows and the reader may not."""
    row = view._graph.store.find(view.scope, delivered)[0]
    return view._teller.tokens.entity(row.eid)


def log_of(home: Home) -> list[dict[str, object]]:
    return [json.loads(line) for p in segments(home.audit) for line in p.read_bytes().splitlines()]


class TestOpening:
    @pytest.mark.parametrize("case", ["case-2", "closed", "case-that-never-was", ""])
    def test_a_case_of_others_closed_or_not_there_is_one_answer(self, home: Home, case: str) -> None:
        with pytest.raises(NotInView) as caught:
            opened(home, case)
        assert caught.value.message == NotInView.MESSAGE

    @pytest.mark.parametrize(
        ("who", "request_", "says"),
        [
            ("analyst", ViewRequest(""), "needs a purpose"),
            ("analyst", ViewRequest("curiosity"), "needs a purpose"),
            ("analyst", ViewRequest("exchange"), "is not granted to analyst"),
            ("analyst", ViewRequest("investigate", None, "polintel-4"), "inside a case only"),
            ("analyst", ViewRequest("investigate", CASE, "rpl-115-1"), "does not carry the purpose"),
            ("analyst", ViewRequest("investigate", CASE, "made-up"), "needs a legal basis"),
            ("planner", ViewRequest("outreach-aggregate", CASE), "looks across"),
            ("admin", ViewRequest("oversight"), "needs one of the roles"),
        ],
    )
    def test_what_follows_from_the_request_is_said(
        self, home: Home, who: str, request_: ViewRequest, says: str
    ) -> None:
        with pytest.raises(Refused, match=says):
            open_view(home, persona(home, who), request_, session="s", clock=clock)

    @pytest.mark.parametrize("who", ["planner", "inspector"])
    def test_some_roles_are_members_of_no_case(self, tmp_path: Path, who: str) -> None:
        made = World().case(CASE, members=[who, "analyst"]).person("p", "Kaja Lind").home(tmp_path)
        actor = persona(made, who)
        odd = replace(actor, clearance=3, purposes=frozenset({"prevent"}))
        with pytest.raises(NotInView):
            open_view(made, odd, ViewRequest("prevent", CASE), session="s", clock=clock)
        assert opened(made).case().id == CASE

    def test_an_unknown_user_opens_nothing(self, home: Home) -> None:
        with pytest.raises(NotSignedIn):
            persona(home, "nobody")

    def test_the_basis_is_the_cases_or_the_purposes(self, home: Home) -> None:
        assert opened(home).legal_basis == "polintel-4"
        assert opened(home, None).legal_basis == "polintel-5"

    def test_a_view_runs_out_with_the_shift(self, home: Home) -> None:
        ticking = Ticking()
        view = open_view(home, persona(home), ViewRequest("investigate", CASE), session="s", clock=ticking)
        ticking.pass_by(hours=7)
        assert view.search("Kaja").hits
        ticking.pass_by(hours=1)
        with pytest.raises(Refused, match="run out"):
            view.search("Kaja")

    def test_a_closed_view_answers_nothing(self, home: Home) -> None:
        view = opened(home)
        view.close()
        with pytest.raises(Refused, match="closed"):
            view.statistics()

    def test_views_have_ids_of_their_own_and_one_digest(self, home: Home) -> None:
        one, two = opened(home), opened(home)
        assert one.id != two.id and one.digest == two.digest
        assert opened(home, None).digest != one.digest


class TestScope:
    def test_the_case_is_a_partition(self, home: Home) -> None:
        inside, outside = opened(home), opened(home, None)
        assert inside.statistics().claims["associated_with"] == 2
        assert outside.statistics().claims["associated_with"] == 1
        lead = token(inside, "person:lead")
        assert len([c for c in inside.neighbours(lead).links if c.predicate == "associated_with"]) == 1

    def test_what_is_hidden_is_not_there(self, home: Home) -> None:
        view = opened(home)
        answers = []
        for ref in ("person:hidden", "person:nobody", "e" + "a" * 26, "K-2222", "", "æ"):
            with pytest.raises(NotInView) as caught:
                view.card(ref)
            answers.append((caught.value.message, caught.value.reason_code))
        assert len(set(answers)) == 1
        assert view.search("Hemmelig Hansen") == view.search("Nobody Atall")

    def test_too_low_a_clearance_is_as_if_it_never_was(self, home: Home) -> None:
        actor = persona(home)
        low = replace(actor, clearance=0)
        view = open_view(home, low, ViewRequest("investigate", CASE), session="s", clock=clock)
        assert not view.search("Kaja Lind").hits and view.statistics().entities == {}
        with pytest.raises(NotInView):
            view.entity("section:1")

    def test_knowledge_time(self, home: Home) -> None:
        before = opened(home, as_of=clock().replace(year=2020))
        assert before.statistics().entities == {}
        assert opened(home, as_of=clock()).statistics() == opened(home).statistics()

    def test_a_window_of_valid_time(self, home: Home) -> None:
        early = opened(home, window=(0, 19_000))
        assert "placed_in" not in early.statistics().claims
        assert opened(home).statistics().claims["placed_in"] == 2


class TestDigest:
    def test_hidden_claims_do_not_change_it(self, tmp_path: Path) -> None:
        more = world()
        more.person("hidden-2", "Endnu En", marking="secret").claim("person:lead", "alias", value="X", marking="secret")
        key = world().home(tmp_path / "a")
        twin = Home.init(tmp_path / "b" / "home", personas=True, clock=clock)
        (twin.path / "keys" / "home.key").write_bytes((key.path / "keys" / "home.key").read_bytes())
        twin = more.load_into(Home.open(twin.path), tmp_path / "b")
        one, two = opened(key), opened(twin)
        assert one.digest == two.digest
        lead = one.search("Kaja").hits[0].entity.token
        assert one.card(lead) == two.card(lead)
        assert one.k_hop(lead, 2) == two.k_hop(lead, 2)

    def test_a_visible_claim_changes_it(self, tmp_path: Path) -> None:
        made = world().home(tmp_path)
        before = opened(made).digest
        World(namespace="more").person("new", "Ny Person").load_into(made, tmp_path)
        assert opened(made).digest != before


class TestNames:
    def test_parties_are_named_but_no_victim_witness_minor_or_former_party(self, home: Home) -> None:
        view = opened(home)
        forms = {
            d: view.entity(token(view, f"person:{d}")).form
            for d in ("lead", "young", "victim", "witness", "past", "other")
        }
        assert forms.pop("lead") == "party"
        assert set(forms.values()) == {"pseudonym"}
        assert view.naming == "parties"
        assert len(view.case().parties) == 5

    def test_across_cases_there_are_pseudonyms_only(self, home: Home) -> None:
        view = opened(home, None)
        assert view.naming == "pseudonyms"
        assert view.entity(token(view, "person:lead")).form == "pseudonym"

    def test_nothing_on_a_masked_card_names_anybody(self, home: Home) -> None:
        view = opened(home)
        card = view.card(token(view, "person:other"))
        assert card.entity.delivered is None and card.entity.ref.startswith("K-")
        assert {c.predicate for c in card.claims} == {"uses", "associated_with"}
        assert "Østergård" not in repr(card) and "1985" not in repr(card) and "AB-123456" not in repr(card)
        assert "20 30 40 50" not in repr(card)

    def test_a_party_has_its_name_and_birth_date(self, home: Home) -> None:
        view = opened(home)
        card = view.card("person:lead")
        assert card.entity.label == "Kaja Lind" and card.entity.delivered == "person:lead"
        assert {"name", "alias", "birth_date"} <= {c.predicate for c in card.claims}

    def test_public_labels_are_named_everywhere_but_in_a_masked_case(self, public: Home) -> None:
        assert opened(public, None).naming == "public"
        assert opened(public, None).entity("person:other").label == "Mads Østergård"
        masked = opened(public, "masked")
        assert masked.entity(token(masked, "person:other")).form == "pseudonym"
        assert not masked.search("Mads").hits

    def test_a_delivered_id_of_somebody_masked_resolves_to_nothing(self, home: Home) -> None:
        with pytest.raises(NotInView):
            opened(home).card("person:other")

    def test_a_pseudonym_resolves_inside_its_case_only(self, home: Home) -> None:
        view = opened(home)
        ref = view.entity(token(view, "person:other"))
        assert view.entity(ref.label) == ref
        elsewhere = opened(home, "masked")
        assert elsewhere.entity(token(elsewhere, "person:other")).token != ref.token
        with pytest.raises(NotInView):
            elsewhere.entity(ref.token)

    def test_members_of_a_case_share_its_tokens_across_purposes(self, home: Home) -> None:
        assert token(opened(home), "person:lead") == token(
            opened(home, who="liaison", purpose="exchange"), "person:lead"
        )

    def test_texts_that_name_somebody_masked_are_withheld(self, home: Home, public: Home) -> None:
        view = opened(home)
        text = {c.predicate: c.value for c in view.card("document:1").claims}
        assert text == {"title": "Notat", "text": WITHHELD}
        assert "Kaja Lind kom alene" in str(view.card("document:2").claims[0].value)
        assert "Mads" in str([c.value for c in opened(public, None).card("document:1").claims])


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
        monkeypatch.setattr("graph.view_reads.FEW", 0)
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
    "claims": lambda v: v.claims([]),
    "case claims": lambda v: v.case_claims(),
    "of kind": lambda v: v.of_kind("Person"),
    "case": lambda v: v.case(),
    "statistics": lambda v: v.statistics(),
    "projection": lambda v: v.projection("analyse-settings"),
    "close": lambda v: v.close(),
}


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
            "demand",
            "resolve",
            "markings",
        }  # no answers about data: they are asked inside an act, or of policy
        public = {n for n in vars(View) if not n.startswith("_") and callable(getattr(View, n))}
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
        results = [e["result"] for e in log_of(home)[before:] if e["kind"] == "outcome"]
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
