"""Small cells: what may be shown of counts, so that no cell under five can be read or worked out (limit B7).

Zero is shown, because it speaks of nobody. A total over cells one of which is hidden would give that one away by
subtraction, so a total is shown only when another cell is hidden with it, and when those hidden together leave each of
them in doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.arrays import Flags, Ints, total

LEAST = 5
"""Least count that may be shown."""
_DOUBT = 4
"""By how much the hidden cells of a total must exceed their number: each may then be anything from 1 to at
least 5."""


@dataclass(frozen=True, slots=True)
class Protected:
    """Which cells are hidden, and of which groups the total is shown."""

    hidden: Flags
    shown_total: Flags


def small(values: Ints) -> Flags:
    """Say which counts are between one and four."""
    return (values > 0) & (values < LEAST)


def in_doubt(hidden: Ints) -> bool:
    """Say whether the sum of these hidden cells may be known: there are several, and each could be 1 to at least 5.

    Examples
    --------
    >>> in_doubt(np.array([3, 3])), in_doubt(np.array([2, 3])), in_doubt(np.array([9]))
    (True, False, False)
    """
    return len(hidden) >= 2 and int(hidden.sum()) - len(hidden) >= _DOUBT


def protect(values: Ints, group: Ints, groups: int) -> Protected:
    """Hide small cells, and with them the least other cell of their group, so that the group's total can be shown
    instead.

    Parameters
    ----------
    values, group : Ints
        Count and group (0 to `groups - 1`, -1 for none) of each cell.

    Returns
    -------
    Protected
        Totals are shown of groups with hidden cells where nothing can be worked out from them. Cells without a group
        are hidden when small.

    Examples
    --------
    >>> protect(np.array([3, 9, 40]), np.array([0, 0, 0]), 1).hidden.tolist()
    [True, True, False]
    """
    hidden = small(values)
    shown = np.zeros(groups, dtype=np.bool_)
    for number in np.unique(group[hidden & (group >= 0)]).tolist():
        mine = np.flatnonzero((group == number) & (values > 0))
        kept = mine[~hidden[mine]]
        taken = kept[np.argsort(values[kept], kind="stable")]
        together = hidden[mine]
        count, amount = int(together.sum()), int(values[mine][together].sum())
        for i in taken.tolist():
            hidden[i] = True
            count, amount = count + 1, amount + int(values[i])
            if amount - count >= _DOUBT:
                shown[number] = True
                break
        if not shown[number]:
            # nothing is gained by hiding the others when the total stays hidden anyway
            hidden[mine] = small(values[mine])
    return Protected(hidden, shown)


def shown_sums(values: Ints, protected: Protected, group: Ints) -> Ints:
    """Return each group's total where it is shown, else -1."""
    sums = total(np.maximum(group, 0), np.where(group >= 0, values, 0), len(protected.shown_total)).astype(np.int64)
    return np.where(protected.shown_total, sums, -1)
