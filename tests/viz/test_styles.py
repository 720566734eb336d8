"""The style sheets hold no rule for a class that no page has, and no token that nothing uses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

WEB = Path(__file__).parents[2] / "viz/web"
SHEETS = sorted(WEB.glob("src/styles/*.css"))
BUILT = re.compile(r"([A-Za-z]+-?)\$?\{")
"""Class names put together on the page: `mk-{level}`, `v${tone}`."""
TLP = {"red", "amber", "green"}
"""Those of the labels, which come from the marking itself."""


def sources() -> str:
    """All that can put a class on an element."""
    files = [*WEB.glob("src/**/*.svelte"), *WEB.glob("src/**/*.ts"), WEB / "index.html"]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def unused_classes(css: str, source: str, built: Iterable[str]) -> set[str]:
    """The classes of selectors that no source names, whole or by the beginning of a built name."""
    bare = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", css, flags=re.DOTALL)
    selectors = " ".join(re.findall(r"([^{};]*)\{", bare))
    classes = set(re.findall(r"\.([A-Za-z][\w-]*)", selectors))
    words = set(re.findall(r"[A-Za-z][\w-]*", source))
    beginnings = tuple(f"{b}" for b in built)
    return {c for c in classes - words if not (c.startswith(beginnings) and re.search(r"[-\d]", c))}


def unused_tokens(css: str) -> set[str]:
    """The custom properties that are set and never read."""
    return {t for t in re.findall(r"(--[\w-]+)\s*:", css) if f"var({t})" not in css and f"var({t}," not in css}


def test_every_class_of_the_style_sheets_is_on_a_page() -> None:
    source = sources()
    built = {b for b in BUILT.findall(source) if b.endswith("-") or len(b) == 1}
    css = "\n".join(path.read_text(encoding="utf-8") for path in SHEETS)
    assert unused_classes(css, source, built) - TLP == set()


def test_every_token_is_read() -> None:
    css = "\n".join(path.read_text(encoding="utf-8") for path in SHEETS)
    read = set(re.findall(r"'(--[\w-]+)'", sources()))
    assert unused_tokens(css) - read == set()


def test_a_rule_of_no_page_and_a_token_of_no_rule_are_found() -> None:
    css = ":root { --a: 1px; --b: 2px; } .seen { margin: var(--a); } @media print { .gone, .mk-3 { color: red; } }"
    assert unused_classes(css, '<p class="seen mk-{level}">', {"mk-"}) == {"gone"}
    assert unused_tokens(css) == {"--b"}
