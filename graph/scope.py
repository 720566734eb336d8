"""What one actor may see now, as a pure value that every engine compiles into its own terms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph.interval import NO_BEGINNING, NO_END
from graph.model import ClaimRow


@dataclass(frozen=True, slots=True)
class Scope:
    """Visible markings, knowledge time and valid-time window.

    Parameters
    ----------
    visible : frozenset of int
        Marking numbers whose claims may be seen. Anything not in it is hidden, numbers minted later among them.
    as_of : int
        Knowledge sequence: claims up to it are known, retractions up to it count.
    window : (int, int)
        Closed interval of days; a claim counts when its outer bounds meet it. Claims without a date always do.
    """

    visible: frozenset[int]
    as_of: int
    window: tuple[int, int] = (NO_BEGINNING, NO_END)

    @classmethod
    def of(cls, visible: Iterable[int], as_of: int, window: tuple[int, int] = (NO_BEGINNING, NO_END)) -> Scope:
        return cls(frozenset(visible), as_of, window)

    def shows(self, claim: ClaimRow, retracted_at: int | None) -> bool:
        """Say whether one claim is in scope. The plain reading that every engine must agree with.

        Parameters
        ----------
        claim : ClaimRow
        retracted_at : int or None
            The sequence number of its retraction, if any.
        """
        return (
            claim.marking in self.visible
            and claim.seq <= self.as_of
            and (retracted_at is None or retracted_at > self.as_of)
            and claim.valid_from <= self.window[1]
            and claim.valid_to >= self.window[0]
        )
