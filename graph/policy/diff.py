"""What a change of the policy would do: the cells that flip, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from graph.policy.asking import ACTS
from graph.policy.cells import BASE, PLAIN, near, question, sample
from graph.policy.rules import Rules
from graph.policy.table import Cell, Table

_BATCH = 4_000
_SEED = 7


@dataclass(frozen=True, slots=True)
class Flip:
    """A cell that two policies answer differently."""

    cell: Cell
    allowed: bool
    """What the new policy answers."""

    @property
    def unusual(self) -> dict[str, str]:
        """In what the cell differs from what is usually allowed of its act."""
        usual = {**BASE, **PLAIN[self.cell["act"]]}
        return {name: word for name, word in self.cell.items() if name not in ("act", "role") and word != usual[name]}

    def words(self, of: Table) -> str:
        """Say it in a sentence."""
        verb = "becomes allowed" if self.allowed else "is refused from now on"
        where = [f"{name} is {word} ({of.attributes[name].words[word]})" for name, word in sorted(self.unusual.items())]
        return f"{self.cell['act']} by {self.cell['role']} {verb} " + (
            f"where {', and '.join(where)}." if where else "in the usual case."
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """What was compared, and what flips."""

    cells: int
    flips: tuple[Flip, ...]
    """Those that differ least from the usual first."""

    def counts(self) -> dict[str, int]:
        """Count flips by act and direction."""
        return dict(Counter(f"{f.cell['act']} {'opened' if f.allowed else 'closed'}" for f in self.flips))


def usual_cells(of: Table) -> Iterator[dict[str, str]]:
    """Make the cells of a quick comparison: around what is allowed of each act, every role alone, and a sample."""
    for act in ACTS:
        yield from near(of, act)
        for role in of.roles:
            yield {**BASE, **PLAIN[act], "act": act, "role": role}
    yield from sample(of, 3_000, _SEED)


def compare(old: Rules, new: Rules, cells: Iterable[Cell]) -> Difference:
    """Ask two policies the same cells.

    Raises
    ------
    PolicyBroken
        One of them cannot answer.
    """
    waiting, asked, flips = iter(cells), 0, dict[tuple[tuple[str, str], ...], Flip]()
    while batch := list(islice(waiting, _BATCH)):
        questions = [question(cell) for cell in batch]
        before, after = old.ask(questions), new.ask(questions)
        asked += len(batch)
        for cell, was, now in zip(batch, before, after, strict=True):
            if was is not now:
                flips.setdefault(tuple(sorted(cell.items())), Flip(cell, now))
    ordered = sorted(flips.values(), key=lambda f: (len(f.unusual), ACTS.index(f.cell["act"]), sorted(f.cell.items())))
    return Difference(asked, tuple(ordered))
