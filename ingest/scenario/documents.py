"""Short Danish documents. Every marked span says exactly what the claim with that locator states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.scenario.calendar import iso
from ingest.scenario.voice import Ref, Voice

MONTHS = "januar februar marts april maj juni juli august september oktober november december".split()
State = Callable[[Voice], None]


def danish(number: int) -> str:
    """A day in Danish, as `3. maj 2024`."""
    year, month, dom = iso(number).split("-")
    return f"{int(dom)}. {MONTHS[int(month) - 1]} {year}"


def danish_month(number: int) -> str:
    """The month of a day, as `maj 2024`."""
    year, month, _ = iso(number).split("-")
    return f"{MONTHS[int(month) - 1]} {year}"


@dataclass(slots=True)
class Writing:
    """A document as it grows: sentences, and what is claimed from which of them.

    Examples
    --------
    >>> text = Writing()
    >>> text.add("Intet nyt.")
    >>> text.body
    'Intet nyt.'
    """

    body: str = ""
    marked: list[tuple[int, int, State]] = field(default_factory=list)

    def add(self, sentence: str, *claims: State) -> None:
        """Add a sentence, and the claims that it supports."""
        if self.body:
            self.body += " "
        start = len(self.body)
        self.body += sentence
        self.marked += [(start, len(self.body), claim) for claim in claims]

    def put(self, voice: Voice, document: Ref, title: str, on: int) -> None:
        """Write the document and its claims. Its own text is not itself a claim read from it."""
        plain = voice.with_(report=None, locator=None, category=None)
        plain.says(document, "title", title)
        plain.says(document, "date", iso(on))
        plain.says(document, "language", "da")
        plain.says(document, "text", self.body)
        for start, end, claim in self.marked:
            claim(voice.with_(report=document.id, locator=f"{start}:{end}"))
