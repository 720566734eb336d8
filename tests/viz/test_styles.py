"""The style sheets hold no rule for a class that no page has, and no token that nothing uses."""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "viz/web"
SHEETS = sorted(WEB.glob("src/styles/*.css"))
ATTRIBUTE = re.compile(r'\bclass=(?:"([^"]*)"|\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\})')
"""A class attribute: a text, or an expression with one or two braces within."""
QUOTED = re.compile(r"""'([\w -]+)'|"([\w -]+)\"""")
BUILT = re.compile(r"(?<![\w.])([a-z]+-|[a-z](?=\$))\$?\{")
"""The beginnings of class names put together on the page: `mk-{level}`, `v${tone}`."""
TLP = {"red", "amber", "green"}
"""Those of the labels, which come from the marking itself."""


def sources() -> str:
    """All that can put a class on an element; the API's own types cannot."""
    files = [*WEB.glob("src/**/*.svelte"), *WEB.glob("src/**/*.ts"), WEB / "index.html"]
    return "\n".join(path.read_text(encoding="utf-8") for path in files if path.name != "api.d.ts")


def unused_classes(css: str, source: str) -> set[str]:
    """The classes of selectors that no source names: in a class attribute, alone in quotes, or by the beginning of a
    name that is put together.
    """
    bare = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", css, flags=re.DOTALL)
    selectors = " ".join(re.findall(r"([^{};]*)\{", bare))
    classes = set(re.findall(r"\.([A-Za-z][\w-]*)", selectors))
    said = [
        re.sub(r"\{[^}]*\}", " ", text) or re.sub(r":[^,}]*", " ", code) for text, code in ATTRIBUTE.findall(source)
    ]
    said += [a or b for a, b in QUOTED.findall(source)]
    built = {f"{b}[\\w-]+" if b.endswith("-") else f"{b}\\d+" for b in BUILT.findall(source)}
    left = classes - set(re.findall(r"[A-Za-z][\w-]*", " ".join(said)))
    return {c for c in left if not any(re.fullmatch(b, c) for b in built)}


def unused_tokens(css: str) -> set[str]:
    """The custom properties that are set and never read."""
    return {t for t in re.findall(r"(--[\w-]+)\s*:", css) if f"var({t})" not in css and f"var({t}," not in css}


def test_every_class_of_the_style_sheets_is_on_a_page() -> None:
    css = "\n".join(path.read_text(encoding="utf-8") for path in SHEETS)
    assert unused_classes(css, sources()) - TLP == set()


def test_every_token_is_read() -> None:
    css = "\n".join(path.read_text(encoding="utf-8") for path in SHEETS)
    read = set(re.findall(r"'(--[\w-]+)'", sources()))
    assert unused_tokens(css) - read == set()


def test_a_rule_of_no_page_and_a_token_of_no_rule_are_found() -> None:
    css = ":root { --a: 1px; --b: 2px; } .seen { margin: var(--a); } @media print { .gone, .mk-3, .on { color: red; } }"
    page = "<p class=\"seen mk-{level}\">gone</p><b class={{ on: gone }}>{t('x.gone')}</b>"
    assert unused_classes(css, page) == {"gone"}
    assert unused_tokens(css) == {"--b"}
