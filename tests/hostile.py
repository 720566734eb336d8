"""Texts that would run as scripts where a page took them for anything but text, and a world whose every field holds
them.

Each vector is a way out of the place where the text may stand (an attribute, a comment, a script, a title ...) and
something that runs once it is out; `window.ran` tells that one did.
"""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Final

from graph.home import Home
from tests.factory import World

SEED: Final = 20_261_124
HIT: Final = "window.ran=1"
_OUT: Final = (
    "", '"', "'", '">', "'>", "x-->", "]]>", "</title>", "</script>", "</style>", "</textarea>", "</svg>", "`", "\\\"",
    "</p></td></option></select>", '" x="',
)  # fmt: skip
_RUN: Final = (
    f"<img src=x onerror={HIT}>", f"<svg onload={HIT}>", f"<script>{HIT}</script>", f"<body onload={HIT}>",
    f'<iframe srcdoc="<script>parent.{HIT}</script>">', f"<details open ontoggle={HIT}>x",
    f"<input autofocus onfocus={HIT}>", f"<video><source onerror={HIT}></video>", f"<math href=javascript:{HIT}>x",
    f"<svg><script>{HIT}</script></svg>", f"<style>@import 'javascript:{HIT}'</style>",
    f"<object data=javascript:{HIT}>", f"<meta http-equiv=refresh content=0;url=javascript:{HIT}>",
    f"<a autofocus href=javascript:{HIT}>x</a>", f"<base href=javascript:{HIT}//>", f" onmouseover={HIT} ",
)  # fmt: skip
_ALONE: Final = (
    f"javascript:{HIT}", f"data:text/html,<script>{HIT}</script>", f"%3Cscript%3E{HIT}%3C/script%3E",
    f"\\u003cscript\\u003e{HIT}\\u003c/script\\u003e", f"&lt;script&gt;{HIT}&lt;/script&gt;",
    f"&#60;img src=x onerror={HIT}&#62;", f"{{{{constructor.constructor('{HIT}')()}}}}", f"${{{HIT}}}", f"#{{{HIT}}}",
    f"{{@html '<img src=x onerror={HIT}>'}}", f"<%= {HIT} %>", f"{{% {HIT} %}}", f"__proto__[x]={HIT}",
    f"<ſcript>{HIT}</ſcript>", f"<ＳＣＲＩＰＴ>{HIT}</ＳＣＲＩＰＴ>", f"<scr<script>ipt>{HIT}</scr</script>ipt>",
    f"<IMG SRC=x OnErRoR={HIT}>", f"<img/src=x/onerror={HIT}>", f"<img src=`x` onerror=`{HIT}`>",
    f"<a href='java&#115;cript:{HIT}'>x</a>", f"url(javascript:{HIT})", f"expression({HIT})",
    f"<noscript><p title='</noscript><img src=x onerror={HIT}>'>", f"<template><img src=x onerror={HIT}></template>",
    f"<svg><animate onbegin={HIT} attributeName=x dur=1s>", f"<form><button formaction=javascript:{HIT}>x",
    f"<!--><img src=x onerror={HIT}>-->", f"<![CDATA[<img src=x onerror={HIT}>]]>",
    f"\\x3cimg src=x onerror={HIT}\\x3e",
    f"<a id=app><a id=app name=view href=x>{HIT}", f"//{HIT}", f"*/{HIT}/*", f"';{HIT};'", f'";{HIT};"',
)  # fmt: skip
HUBS: Final = 4
"""Persons with so many neighbours that the desk still draws them unasked."""


def vectors() -> list[str]:
    """Return every vector, in an order that the seed gives."""
    found = list(dict.fromkeys([*(out + run for out, run in product(_OUT, _RUN)), *_ALONE]))
    Random(SEED).shuffle(found)
    return found


def world(texts: list[str], partner: Home) -> World:
    """Return a world of open names in which every text stands in every field that a page shows."""
    made = World(public_labels=True).case("case-1", title=texts[0], lead=texts[1])
    keys = {"sign_key": partner.sign_public, "age_recipient": partner.age_recipient}
    made.partners["partner-x"] = {"name": texts[2], "org": partner.org, **keys}
    for hub in range(HUBS):
        made.person(f"hub{hub}", texts[hub])
    for i, text in enumerate(texts):
        other = texts[-i]
        made.person(f"v{i}", text).claim(f"person:v{i}", "alias", value=other)
        made.claim(f"request:{i}", "reference", value=text, marking="case-1")
        made.claim(f"report:{i}", "title", value=other).claim(f"document:{i}", "text", value=text)
        made.claim(
            f"person:hub{i % HUBS}", "associated_with", f"person:v{i}", {"kind": "call", "medium": text},
            source=other, note=text, locator=other, report=f"report:{i}", marking="case-1",
        )  # fmt: skip
    return made
