"""The palette: each kind's family with its shape, colour and icon, in light and dark."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from urllib.parse import quote

from graph.ontology import ontology

PATH = Path(__file__).parent / "palette.json"

OUTLINES = {
    "ellipse": '<circle cx="24" cy="24" r="23"/>',
    "rectangle": '<rect x="2" y="2" width="44" height="44"/>',
    "round-rectangle": '<rect x="2" y="2" width="44" height="44" rx="9"/>',
    "octagon": '<path d="M14 1h20l13 13v20L34 47H14L1 34V14z"/>',
    "hexagon": '<path d="M12 3h24l12 21-12 21H12L0 24z"/>',
    "pentagon": '<path d="M24 1 47 18 38 46H10L1 18z"/>',
    "diamond": '<path d="M24 0 48 24 24 48 0 24z"/>',
    "tag": '<path d="M1 5h32l15 19-15 19H1z"/>',
}


@cache
def palette() -> dict[str, dict[str, object]]:
    """Return the families by name."""
    found: dict[str, dict[str, object]] = json.loads(PATH.read_text(encoding="utf-8"))["kinds"]
    return found


def family(kind: str) -> str:
    """Return the palette family of a kind."""
    return ontology().kind(kind).family


def picture(name: str, theme: str = "light") -> str:
    """Return a family's sign as a data URI: shape, colour and icon together."""
    style = palette()[name]
    colours = style[theme]
    assert isinstance(colours, dict)
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 48 48">'
        f'<g fill="{colours["fill"]}">{OUTLINES[str(style["shape"])]}</g>'
        f'<path d="{style["icon"]}" transform="translate(10 10) scale(1.17)" fill="none" stroke="{colours["ink"]}" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
    return "data:image/svg+xml," + quote(svg)
