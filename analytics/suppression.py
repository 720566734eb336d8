"""Small cells: what may be shown of counts, so that no cell under five can be read or worked out (limit B7)."""

from __future__ import annotations

LEAST = 5
"""Least count that may be shown; zero is shown, because it names nobody."""
