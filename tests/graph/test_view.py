"""The door: what a view shows, how it names people, what it refuses, and that each answer was written down first."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from graph.actor import ViewRequest
from graph.audit_format import segments
from graph.errors import NotInView, NotSignedIn, Refused
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
