"""Leaks as patches: each makes the product tell something of what is hidden, in one place, as a mistake might.

A mutant is a function that patches the product. All must be caught by the harness within a hundred worlds.
"""

from __future__ import annotations

from tests.trust.mutants import counting, naming, telling, vault
from tests.trust.mutants.kit import MUTANTS, Mutant

__all__ = ["MUTANTS", "Mutant", "counting", "naming", "telling", "vault"]
