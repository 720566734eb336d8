"""Whether a text names somebody masked: by the whole name in any order, by initials and surname, by a telling surname.

A surname alone names somebody where few in the view bear it, or where the text is about its bearer. A first name alone
does where the text is about its bearer, or where its bearer is a party of the case and no other party bears it: first
names are too common to say anything elsewhere. A nickname is found where it is recorded as an alias, and no other way.
All of it follows from what the view holds; a Danish owner's -s changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from sys import intern
from typing import Final

from graph.model import Nid
from graph.text import fold

RARE: Final = 5
"""Bearers of a surname in a view below which it names somebody by itself."""
LONGEST: Final = 8
"""Words of a name that are looked for."""
_MOST_GIVEN: Final = 4
_MOST_SURNAMES: Final = 4
_SHORTEST_SURNAME: Final = 3
_SHORTEST_FIRST: Final = 3
_TWO_LETTERS: Final = frozenset({"aa", "ae", "oe", "zh", "kh", "ts", "ch", "sh", "yu", "ya", "th"})


class Written:
    """People's names by surname, found however they are written: turned round, with initials, without the middle.

    Parameters
    ----------
    names : iterable of str
        Folded.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._given: dict[str, set[str]] = defaultdict(set)
        """Surname, which may be of several words, to what may stand before or after it."""
        for name in names:
            words = name.split()
            for k in range(1, len(words)):
                self._add(words[:k], words[k:])
            if len(words) > 2:
                self._add(words[:1], words[-1:])

    def _add(self, given: Sequence[str], surname: Sequence[str]) -> None:
        ways = self._given[intern(" ".join(surname))]
        forms = [given, given[:1]]
        for letter in (_first_letter, _first_letters):
            initials = [letter(word) for word in given]
            forms += [initials, initials[:1]]
        ways.update(intern(" ".join(way)) for way in forms)

    def spans(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Give first word and end of every name in a text, given as folded words."""
        for at in range(len(words)):
            for end in range(at + 1, min(at + _MOST_SURNAMES, len(words)) + 1):
                surname = words[at:end]
                for ways in (self._given.get(" ".join(each)) for each in _owned(surname)):
                    if ways is None:
                        continue
                    for far in range(1, _MOST_GIVEN + 1):
                        if far <= at and " ".join(words[at - far : at]) in ways:
                            yield at - far, end
                        after = words[end : end + far]
                        if len(after) == far and any(" ".join(each) in ways for each in _owned(after)):
                            yield at, end + far


def _first_letter(word: str) -> str:
    return word[0]


def _first_letters(word: str) -> str:
    """Return what a first letter may fold to by itself: å, æ, ø and some letters of other scripts are two."""
    return word[:2] if word[:2] in _TWO_LETTERS else word[0]


class Mentions:
    """Finds names of masked people in texts.

    Parameters
    ----------
    whole : mapping of str to entities
        Folded names, aliases and identifiers of masked entities, to who bears them.
    masked, shown : collection of (entity, str)
        Folded names of the people of the view who are masked, and of those who are not.
    parties : collection of int
        Parties of the view's case, masked or not.
    """

    def __init__(
        self,
        whole: Mapping[str, Collection[Nid]],
        masked: Collection[tuple[Nid, str]],
        shown: Collection[tuple[Nid, str]],
        parties: Collection[Nid] = (),
    ) -> None:
        self._whole = whole
        self._masked, self._shown = Written(name for _, name in masked), Written(name for _, name in shown)
        self._surnames: dict[str, set[Nid]] = defaultdict(set)
        for nid, name in masked:
            words = name.split()
            if len(words) > 1 and len(words[-1]) >= _SHORTEST_SURNAME:
                self._surnames[words[-1]].add(nid)
        bearers: dict[str, set[Nid]] = defaultdict(set)
        for nid, name in (*masked, *shown):
            words = name.split()
            if len(words) > 1 and words[-1] in self._surnames:
                bearers[words[-1]].add(nid)
        self._rare = {surname for surname in self._surnames if len(bearers[surname]) < RARE}
        self._firsts = _first_names(masked)
        among = _first_names(each for each in (*masked, *shown) if each[0] in parties)
        self._telling = {
            first for first, who in among.items() if len(who) == 1 and who <= self._firsts.get(first, set())
        }

    def names(self, text: str, about: Collection[Nid] = ()) -> bool:
        """Say whether a text names somebody masked.

        Parameters
        ----------
        text : str
        about : collection of int
            Entities that the text is about: of these a surname or a first name is enough, however many bear it.
        """
        tokens = [(word, _stands_out(token)) for token in text.split() for word in fold(token).split()]
        words = [word for word, _ in tokens]
        if self._holds_whole(words) or any(self._masked.spans(words)):
            return True
        told = {at for first, end in self._shown.spans(words) for at in range(first, end)}
        return any(
            self._surname(word, capital, about) or (capital and self._first(word, about))
            for at, (word, capital) in enumerate(tokens)
            if at not in told
        )

    def _holds_whole(self, words: Sequence[str]) -> bool:
        return any(
            " ".join(each) in self._whole
            for at in range(len(words))
            for end in range(at + 1, min(at + LONGEST, len(words)) + 1)
            for each in _owned(words[at:end])
        )

    def _surname(self, word: str, capital: bool, about: Collection[Nid]) -> bool:
        for (form,) in _owned([word]):
            bearers = self._surnames.get(form)
            if bearers and ((capital and form in self._rare) or any(nid in bearers for nid in about)):
                return True
        return False

    def _first(self, word: str, about: Collection[Nid]) -> bool:
        return any(
            form in self._telling or any(nid in self._firsts.get(form, ()) for nid in about)
            for (form,) in _owned([word])
        )


def _first_names(names: Iterable[tuple[Nid, str]]) -> dict[str, set[Nid]]:
    """Return who bears each first name; names of one word are whole names."""
    bearers: dict[str, set[Nid]] = defaultdict(set)
    for nid, name in names:
        words = name.split()
        if len(words) > 1 and len(words[0]) >= _SHORTEST_FIRST:
            bearers[words[0]].add(nid)
    return bearers


def _owned(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give some words as they stand, and without a Danish owner's -s at the end."""
    yield words
    if words[-1].endswith("s") and len(words[-1]) > 1:
        yield [*words[:-1], words[-1][:-1]]


def _stands_out(token: str) -> bool:
    """Say whether a word is written as names are: with a capital, or in a script that has none."""
    letter = next((each for each in token if each.isalpha()), "")
    return bool(letter) and not letter.islower()
