"""The material of a case: calls, payments, profiles, observations that echo each other, and documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ingest.scenario.calendar import TODAY, day, iso, span
from ingest.scenario.casting import Actor, Cast
from ingest.scenario.documents import Writing, danish, danish_month
from ingest.scenario.draws import Dice
from ingest.scenario.markings import Markings
from ingest.scenario.names import spelled_otherwise
from ingest.scenario.partners import Partner
from ingest.scenario.settings import Landscape, coined
from ingest.scenario.structure import setting_ref
from ingest.scenario.voice import Ref, Voice
from ingest.scenario.writer import ClaimWriter

PART, DOCUMENTS = "13-cases", "14-documents"
_FILLER = (
    "Kilden har ikke selv set det.",
    "Oplysningen er ikke bekræftet af andre.",
    "Der er ikke grundlag for at sige mere.",
    "Stemningen på stedet beskrives som rolig.",
    "Oplysningen kom uopfordret.",
    "Notatet er skrevet samme dag.",
)


class Material:
    """The material of one case."""

    def __init__(
        self,
        writer: ClaimWriter,
        markings: Markings,
        dice: Dice,
        land: Landscape,
        case: str,
        cast: Cast,
        partner: Partner,
        masked: bool,
        sealed: bool,
    ) -> None:
        self._dice, self._land, self._case, self._cast, self._partner, self._masked = (
            dice,
            land,
            case,
            cast,
            partner,
            masked,
        )

        def mark(what: str, **more: Any) -> str:
            return markings.bound(case, what, sealed=sealed, **more)

        self._mark = mark
        share = (partner.id,)
        self._register = Voice(
            writer, PART, "register:crime", mark("parties", share=share, handling="H0"), grade="4x4:A1", category="a"
        )
        self._telecom = Voice(
            writer, PART, "register:telecom", mark("calls", share=share), grade="4x4:A1", category="a"
        )
        self._bank = Voice(writer, PART, "register:payments", mark("payments"), grade="4x4:A2", category="a")
        self._watch = Voice(writer, PART, "unit:11", mark("observation", share=share), grade="4x4:B2", category="a")
        self._secret = Voice(
            writer, PART, "source:17", mark("source", level=2, handling="H3"), grade="4x4:C3", category="a"
        )
        self._foreign = Voice(
            writer,
            PART,
            partner.id,
            mark("foreign", handling="H2", originator=partner.id),
            grade="admiralty:C2",
            category="a",
        )
        self._web = Voice(writer, PART, "unit:net", mark("online", share=share), grade="4x4:B1", category="a")
        self._texts = Voice(writer, DOCUMENTS, "unit:11", mark("documents", share=share), grade="4x4:B2", category="a")
        self._high = Voice(
            writer, DOCUMENTS, "unit:11", mark("documents-high", level=2, handling="H3"), grade="4x4:B3", category="a"
        )
        self._young = Voice(
            writer, PART, "unit:11", mark("young", minor=True, purposes=("prevent",)), grade="4x4:B2", category="d"
        )
        self._tag = case.removeprefix("case-")
        self._begin = day(2025) + dice.below(200)
        self._last = day(2025, 12) if sealed else TODAY

    def write(self) -> None:
        """All of it but the documents."""
        cast = self._cast
        for actor in cast.parties:
            self._register.says(actor.person, "name", actor.name)
            self._register.says(actor.person, "birth_date", iso(actor.birth))
        self._calls(cast)
        self._weak_link(cast)
        self._payments(cast)
        self._profiles(cast)
        self._observations(cast)
        self._conflict(cast)
        self._identities(cast)
        self._minor()

    def _phone(self, actor: Actor) -> Ref:
        return Ref(f"phone:{self._tag}-{actor.person.id.split(':')[1]}", "Phone")

    def _calls(self, cast: Cast) -> None:
        """Each circle calls within itself and its contacts; the two circles never call each other."""
        for circle in (cast.inner, cast.outer):
            for actor in circle:
                digits = f"{self._dice.below(1_000_000):06d}"
                self._telecom.links(actor.person, "uses", self._phone(actor), span(self._begin, None))
                self._telecom.says(self._phone(actor), "number", f"+45 00 {digits[:2]} {digits[2:4]} {digits[4:]}")
            for n, actor in enumerate(circle):
                for other in circle[n + 1 :]:
                    if other is circle[n + 1] or self._dice.chance(400):
                        self._call(actor, other)
        for contact in cast.contacts:
            self._telecom.with_(category="d").links(
                contact.person, "uses", self._phone(contact), span(self._begin, None)
            )
            circle = cast.inner if self._dice.chance(500) else cast.outer
            self._call(contact, self._dice.choice(circle))

    def shared_phone(self) -> None:
        """A phone that a contact of this case uses, and one of another case too."""
        phone = Ref("phone:shared-1", "Phone")
        contact = self._cast.contacts[0].person
        self._telecom.with_(category="d").links(contact, "uses", phone, span(self._begin, None))
        self._telecom.says(phone, "number", "+45 00 47 11 47")

    def confided(self) -> None:
        """What is shared with the partner above TIL TJENESTEBRUG: it may be listed for it, but makes no file."""
        voice = self._watch.with_(marking=self._mark("confided", level=2, share=(self._partner.id,)))
        person, car = self._cast.inner[2].person, Ref(f"vehicle:{self._tag}-1", "Vehicle")
        voice.links(person, "uses", car, iso(self._begin + 70))
        voice.links(self._cast.lead.person, "associated_with", person, iso(self._begin + 72), kind="meeting", count=1)

    def _call(self, a: Actor, b: Actor) -> None:
        for month in range(self._dice.between(1, 4)):
            start = self._begin + month * 30
            self._telecom.links(
                self._phone(a),
                "associated_with",
                self._phone(b),
                span(start, start + 29),
                kind="call",
                count=self._dice.between(1, 40),
            )

    def _weak_link(self, cast: Cast) -> None:
        """The only tie between the circles: one untested source says that two people met once."""
        report = f"report:{self._tag}-x1"
        voice = self._secret.with_(grade="4x4:X4", report=report, assertion="assessment", marking=self._watch.marking)
        when = self._begin + 60
        voice.links(
            cast.inner[1].person, "associated_with", cast.outer[1].person, f"{iso(when)[:7]}?", kind="meeting", count=1
        )
        self._watch.links(
            cast.lead.person, "associated_with", cast.inner[1].person, iso(when - 10), kind="meeting", count=3
        )
        self._watch.links(
            cast.outer[1].person, "associated_with", cast.far.person, iso(when + 12), kind="contact", count=5
        )

    def _payments(self, cast: Cast) -> None:
        accounts = {a.person.id: Ref(f"payment:{self._tag}-{n}", "PaymentMeans") for n, a in enumerate(cast.parties, 1)}
        for n, actor in enumerate(cast.parties, 1):
            account = accounts[actor.person.id]
            self._bank.links(actor.person, "uses", account, span(day(2022), None))
            self._bank.says(account, "number", f"Ø{n:02d}-{self._dice.below(100_000):05d}")
        for _ in range(12):
            circle = cast.inner if self._dice.chance(600) else cast.outer
            payer, payee = self._dice.sample(circle, 2)
            on = self._begin + self._dice.below(300)
            self._bank.links(
                accounts[payer.person.id],
                "associated_with",
                accounts[payee.person.id],
                iso(on),
                kind="payment",
                count=1,
                amount=self._dice.between(2, 90) * 100,
            )
        car = Ref(f"vehicle:{self._tag}-1", "Vehicle")
        self._watch.links(cast.inner[2].person, "controls", car, span(self._begin, None), role="owner")
        self._watch.links(cast.inner[3].person, "uses", car, iso(self._begin + 40))
        self._watch.says(car, "number", f"ØØ {self._dice.below(100_000):05d}")
        firm = Ref(f"company:{self._tag}-1", "Company")
        self._bank.says(firm, "name", f"{coined(self._dice, set())} Transport ApS")
        self._bank.links(cast.outer[2].person, "controls", firm, span(day(2023), None), role="director")

    def _profiles(self, cast: Cast) -> None:
        channel = Ref(f"channel:{self._tag}-1", "Channel")
        self._web.says(channel, "topic", "Lukket kanal om sagen")
        items = [Ref(f"content:{self._tag}-{n}", "ContentItem") for n in range(1, 9)]
        for n, item in enumerate(items):
            self._web.says(item, "date", iso(self._begin + 20 * n))
            self._web.says(
                item,
                "topic",
                self._dice.choice(
                    ("Hån mod myndigheder", "Opfordring til udrejse", "Hyldest af vold", "Penge til sagen")
                ),
            )
            self._web.says(item, "hash", f"{self._dice.u32():08x}{self._dice.u32():08x}")
        for n, actor in enumerate((*cast.inner, cast.contacts[0]), 1):
            profile = Ref(f"account:{self._tag}-p{n}", "Account")
            voice = self._web.with_(category="a" if n <= len(cast.inner) else "d")
            voice.links(actor.person, "uses", profile, f"{iso(self._begin)[:7]}/..")
            voice.says(profile, "kind", "social")
            voice.with_(assertion="assessment").links(profile, "member_of", channel, f"{iso(self._begin)[:7]}/..")
            for item in self._dice.sample(items, 3):
                on = iso(self._begin + self._dice.below(200))
                voice.links(profile, self._dice.choice(("posted", "reshared", "reshared")), item, on)

    def _observations(self, cast: Cast) -> None:
        """Meetings seen by two units. The second report repeats the first: two papers, one source."""
        for n in range(1, 7):
            meeting, on = Ref(f"meeting:{self._tag}-{n}", "Meeting"), self._begin + 25 * n
            first, second = f"report:{self._tag}-{n}a", f"report:{self._tag}-{n}b"
            there = self._dice.sample(cast.inner if n % 2 else cast.outer, self._dice.between(2, 4))
            for actor in there:
                self._watch.with_(report=first).links(actor.person, "present_at", meeting, iso(on), role="participant")
            self._watch.says(meeting, "topic", self._dice.choice(("Penge", "Rejse", "Ukendt", "Fest", "Lejlighed")))
            self._watch.links(meeting, "subject_of", Ref(first, "Report"), iso(on + 1))
            if n <= 3:
                for actor in there:
                    self._web.with_(report=second, grade="4x4:B3").links(
                        actor.person, "present_at", meeting, iso(on), role="participant"
                    )
                self._web.links(meeting, "subject_of", Ref(second, "Report"), iso(on + 4))
                self._web.links(Ref(second, "Report"), "derived_from", Ref(first, "Report"), iso(on + 4))
        self._foreign.with_(report=f"report:{self._tag}-f1").links(
            cast.lead.person,
            "associated_with",
            cast.inner[2].person,
            f"{iso(self._begin)[:4]}?",
            kind="travel",
            count=1,
        )

    def _conflict(self, cast: Cast) -> None:
        """The register and a report give different last days of the same stay."""
        stay = cast.stay
        setting = setting_ref(self._land.settings[stay.setting])
        said = stay.end - min(59, (stay.end - stay.start) // 2)
        report = Ref(f"report:{self._tag}-c1", "Report")
        self._register.links(cast.lead.person, "placed_in", setting, span(stay.start, stay.end))
        self._watch.with_(grade="4x4:B3", report=report.id).links(
            cast.lead.person, "placed_in", setting, span(stay.start, said)
        )
        self._watch.links(setting, "subject_of", report, iso(said + 20))

    def _identities(self, cast: Cast) -> None:
        """A partner knows one party under another spelling; a namesake was checked and is somebody else."""
        for n, (actor, same) in enumerate(((cast.lead, True), (cast.inner[1], False)), 1):
            double = Ref(f"person:{self._partner.id}-{self._tag}-{n}", "Person")
            spelled = spelled_otherwise(actor.pool, actor.name) or actor.name
            self._foreign.says(double, "name", spelled)
            self._foreign.says(double, "birth_date", iso(actor.birth)[:4] if same else iso(actor.birth - 900))
            self._foreign.links(
                double, "associated_with", cast.inner[2].person, iso(self._begin)[:7], kind="contact", count=2
            )
            verdict = self._watch.with_(source="user-014", assertion="assessment", grade="4x4:A2")
            verdict.links(double, "same_as" if same else "not_same_as", actor.person, span(self._begin + 30, None))

    def _minor(self) -> None:
        """A sixteen-year-old who hangs round the circle: not for analysis, and named to nobody by party entry."""
        young = Ref(f"person:{self._tag}-young", "Person")
        self._young.says(young, "birth_date", f"2010-0{self._dice.between(1, 9)}")
        self._young.links(
            young, "associated_with", self._cast.contacts[1].person, iso(self._begin + 90)[:7], kind="contact", count=2
        )

    def document(self, number: int) -> None:
        """One document about the cast."""
        dice, writing = self._dice, Writing()
        on = min(self._last, self._begin + 5 + dice.below(400))
        document = Ref(f"document:{number:04d}", "Document")
        circle = self._cast.inner if dice.chance(600) else self._cast.outer
        makers = dice.sample(
            (self._met, self._drove, self._called, self._believed, self._placed, self._paid), dice.between(2, 3)
        )
        for make in makers:
            make(writing, circle, on)
            if dice.chance(500):
                writing.add(dice.choice(_FILLER))
        high = dice.chance(150)
        voice = self._high if high else self._texts
        source = dice.choice(("unit:11", "unit:10", "unit:02", "source:17", "source:23", "unit:net"))
        grade = dice.weighted(("4x4:B2", "4x4:A2", "4x4:C3", "4x4:B3", "4x4:X4"), (6, 3, 3, 4, 1))
        writing.put(voice.with_(source=source, grade=grade), document, f"Notat {number}, {danish(on)}", on)

    def _called_by(self, actor: Actor) -> str:
        """How a document calls somebody: by name, or by a number where the case shows no names."""
        if not self._masked:
            return actor.name
        return f"person {[*self._cast.parties, *self._cast.contacts].index(actor) + 1}"

    def _met(self, writing: Writing, circle: tuple[Actor, ...], on: int) -> None:
        a, b = self._dice.sample(circle, 2)
        when = on - self._dice.between(1, 20)
        writing.add(
            f"{_capital(self._called_by(a))} mødte {self._called_by(b)} den {danish(when)}.",
            lambda v: v.links(a.person, "associated_with", b.person, iso(when), kind="meeting", count=1),
        )

    def _drove(self, writing: Writing, circle: tuple[Actor, ...], on: int) -> None:
        a, car, plate = self._dice.choice(circle), Ref(f"vehicle:{self._tag}-1", "Vehicle"), "sagens bil"
        writing.add(
            f"{_capital(self._called_by(a))} kørte i {plate} den {danish(on)}.",
            lambda v: v.links(a.person, "uses", car, iso(on)),
        )

    def _called(self, writing: Writing, circle: tuple[Actor, ...], on: int) -> None:
        a, b = self._dice.sample(circle, 2)
        count = self._dice.between(2, 12)
        writing.add(
            f"Telefonen, som {self._called_by(a)} bruger, ringede {count} gange i {danish_month(on)} "
            f"til {_own(self._called_by(b))} telefon.",
            lambda v: v.links(a.person, "uses", self._phone(a), iso(on)[:7]),
            lambda v: v.links(self._phone(a), "associated_with", self._phone(b), iso(on)[:7], kind="call", count=count),
        )

    def _believed(self, writing: Writing, circle: tuple[Actor, ...], on: int) -> None:
        a, b = self._dice.sample(circle, 2)
        writing.add(
            f"Det vurderes, at {self._called_by(a)} støtter {self._called_by(b)}.",
            lambda v: v.with_(assertion="assessment").links(
                a.person, "associated_with", b.person, iso(on)[:4], kind="support"
            ),
        )

    def _placed(self, writing: Writing, circle: tuple[Actor, ...], on: int) -> None:
        a, setting = (
            self._dice.choice(circle),
            self._dice.choice([s for s in self._land.settings if s.family in ("venue", "forum")]),
        )
        link = _presence(a.person, setting_ref(setting), iso(on))
        writing.add(f"{_capital(self._called_by(a))} var til stede i {setting.name} den {danish(on)}.", link)

    def _paid(self, writing: Writing, circle: tuple[Actor, ...], on: int) -> None:
        a, b = self._dice.sample(circle, 2)
        amount = self._dice.between(5, 60) * 100
        writing.add(
            f"{_capital(self._called_by(a))} betalte {amount} kr. til {self._called_by(b)} i {danish_month(on)}.",
            lambda v: v.links(
                a.person, "associated_with", b.person, iso(on)[:7], kind="payment", count=1, amount=amount
            ),
        )


def _presence(person: Ref, setting: Ref, when: str) -> Callable[[Voice], None]:
    return lambda v: v.links(person, "present_at", setting, when)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _own(name: str) -> str:
    """Danish genitive."""
    return f"{name}'" if name.endswith(("s", "x", "z")) else f"{name}s"
