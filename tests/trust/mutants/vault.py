"""Leaks of the vault: more than the policy gives, and special categories where nothing of them belongs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import graph.view_open
from graph.scope import Scope
from graph.view_vault import ViewVault
from tests.trust.mutants.kit import instead, mutant


@mutant("vault: special categories that the policy refuses")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, ViewVault, "_open_vault")
    def _(before: Any, self: ViewVault, strength: int) -> Any:
        until, scope = before(self, strength)
        special = frozenset(n for n, marking in self._teller.books.markings.items() if marking.special)
        return until, Scope(special, scope.as_of, scope.window)


@mutant("vault: its claims in whatever the view answers")
def _(patch: pytest.MonkeyPatch) -> None:
    @instead(patch, graph.view_open, "decisions_of")
    def _(before: Any, home: Any) -> Any:
        class Open:
            def visible(self, actor: Any, asking: Any, markings: Any) -> frozenset[int]:
                plain: frozenset[int] = before(home).visible(actor, asking, markings)
                if not asking.necessary:
                    return plain
                more: frozenset[int] = before(home).visible(
                    actor, replace(asking, act="open-vault", strength=2), markings
                )
                return plain | more

        return Open()
