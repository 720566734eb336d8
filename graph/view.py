"""The only door to data: what is outside the ground floor opens a view here, and knows nothing of how it answers."""

from __future__ import annotations

from graph.view_acts import Act
from graph.view_open import open_view
from graph.view_reads import View

__all__ = ["Act", "View", "open_view"]
