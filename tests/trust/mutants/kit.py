"""What mutants are made with."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from graph.scope import Scope

EVERYTHING = frozenset(range(1, 400))


@dataclass(frozen=True, slots=True)
class Mutant:
    """One leak.

    Parameters
    ----------
    name : str
        The channel through which it tells.
    patch : callable
        Puts it into the product.
    """

    name: str
    patch: Callable[[pytest.MonkeyPatch], None]


MUTANTS: dict[str, Mutant] = {}


def mutant(name: str) -> Callable[[Callable[[pytest.MonkeyPatch], None]], Callable[[pytest.MonkeyPatch], None]]:
    """Enter a patch under the name of its channel."""

    def enter(patch: Callable[[pytest.MonkeyPatch], None]) -> Callable[[pytest.MonkeyPatch], None]:
        MUTANTS[name] = Mutant(name, patch)
        return patch

    return enter


def wide(scope: Scope) -> Scope:
    """Return a scope that hides nothing by marking."""
    return Scope(EVERYTHING, scope.as_of, scope.window)


def instead(patch: pytest.MonkeyPatch, owner: Any, name: str) -> Callable[[Callable[..., Any]], None]:
    """Put a function in the place of another; it gets the other as its first argument."""
    before = getattr(owner, name)

    def put(function: Callable[..., Any]) -> None:
        @functools.wraps(before)
        def call(*arguments: Any, **named: Any) -> Any:
            return function(before, *arguments, **named)

        patch.setattr(owner, name, call)

    return put


def unscoped(patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """Let a method whose first argument is a scope read everything."""

    @instead(patch, owner, name)
    def _(before: Any, self: Any, scope: Scope, *rest: Any, **named: Any) -> Any:
        return before(self, wide(scope), *rest, **named)
