"""The pages have words, Danish and English, for every sentence that the server can send as a code."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

import pytest

from analytics import wording
from graph.actor import ROLE_ACTIONS
from graph.audit_detect import rules
from graph.channels import channels
from graph.notices import Code
from graph.ontology import ontology
from graph.policy import why
from graph.policy.table import table
from graph.stops import BUTTONS
from ingest.exchange import frame, package, verified

ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"\{(\w+(?::[^}]+)?)\}")
REASON = re.compile(r'"(policy\.why\.[a-z-]+)"')
CALL = re.compile(r"""say\(\s*(f?)"([a-z.{}\['\]]+)\"""")


def catalogue(language: str) -> dict[str, str]:
    """The words of the pages in one language."""
    path = ROOT / "viz/web/src/lib/messages" / f"{language}.json"
    words: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return words


def gaps(prefix: str, sentences: Mapping[str, str], words: Mapping[str, str]) -> list[str]:
    """Say which sentences have no words, or words with other places to fill."""
    wrong = [f"{prefix}{code} has no words" for code in sentences if f"{prefix}{code}" not in words]
    return wrong + [
        f"{prefix}{code} has other places to fill"
        for code, text in sentences.items()
        if f"{prefix}{code}" in words and set(PLACE.findall(text)) != set(PLACE.findall(words[f"{prefix}{code}"]))
    ]


def failures() -> dict[str, str]:
    """The codes with which checking a package can fail, read from the source."""
    found: dict[str, str] = {}
    for module in (frame, package):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BadPackage":
                found |= {str(k.value.value): "" for k in node.keywords if isinstance(k.value, ast.Constant)}
    return found


def refusals() -> set[str]:
    """The codes of refusals that follow from the asker or the house alone, read from the source."""
    found = {f"stopped-{button}" for button in BUTTONS} | {"step-up", "too-many-requests"}
    for module in (p for floor in ("graph", "ingest", "api") for p in (ROOT / floor).rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Refused", "NotSignedIn", "TooMuch"):
                found |= {
                    str(k.value.value) for k in node.keywords if isinstance(k.value, ast.Constant) if k.arg == "code"
                }
    return found


PAGES_BRING_ABOUT = (
    "graph/audit_desk.py", "graph/channels.py", "graph/emergencies.py", "graph/glass.py", "graph/parties.py",
    "graph/questions.py", "graph/rights.py", "graph/unmasking.py", "graph/view_ground.py", "api/findings.py",
    "api/identity/passwords.py",
)  # fmt: skip
"""Modules whose complaints about what was filled in a page can bring about."""


def complaints() -> set[str]:
    """The codes of what those modules say is filled in wrong, read from the source."""
    found = {"conflict", "bad-request", "nothing-leaves"}
    for module in PAGES_BRING_ABOUT:
        for node in ast.walk(ast.parse((ROOT / module).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BadInput":
                found |= {
                    str(k.value.value) for k in node.keywords if isinstance(k.value, ast.Constant) if k.arg == "code"
                }
    return found


def unworded(words: Mapping[str, str]) -> list[str]:
    """Say which refusals, reasons of the policy, notices and acts have no words of the pages' own."""
    wanted = [f"refused.{code}{part}" for code in sorted(refusals() | complaints()) for part in ("", ".mend")]
    wanted += [f"policy.row.{row.id}" for row in table().rows]
    wanted += sorted(set(REASON.findall(Path(str(why.__file__)).read_text(encoding="utf-8"))))
    wanted += [f"notice.{code}" for code in get_args(Code)]
    wanted += [f"alerts.{detector}{part}" for detector in sorted(rules()) for part in ("", ".said")]
    wanted += [f"qualifier.{name}" for p in ontology().predicates.values() for name in sorted(p.qualifiers)]
    wanted += [f"channel.{name}" for name in sorted(channels())]
    wanted += [f"act.{act}" for act in sorted(frozenset().union(*ROLE_ACTIONS.values()))]
    return [key for key in wanted if not words.get(key)]


@pytest.mark.parametrize("language", ["da", "en"])
def test_refusals_reasons_notices_and_acts_have_words(language: str) -> None:
    words = catalogue(language)
    assert unworded(words) == []
    assert unworded({k: v for k, v in words.items() if k != "refused.role.mend"}) == ["refused.role.mend"]


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_sentence_of_the_server_has_words(language: str) -> None:
    words = catalogue(language)
    assert gaps("said.", wording.ENGLISH, words) == []
    assert gaps("passed.", verified.FOUND, words) == []
    assert len(failures()) >= 8
    assert gaps("failed.", failures(), words) == []


def test_the_english_of_the_pages_is_that_of_the_command_line() -> None:
    words = catalogue("en")
    assert {code: words[f"said.{code}"] for code in wording.ENGLISH} == dict(wording.ENGLISH)


def test_no_words_are_left_without_a_sentence() -> None:
    said = {key.removeprefix("said.") for key in catalogue("da") if key.startswith("said.")}
    assert said == set(wording.ENGLISH)


@pytest.mark.parametrize("language", ["da", "en"])
def test_signs_in_the_log_have_a_place_for_every_value(language: str) -> None:
    """What the detectors' own sentences say, the pages say too."""
    words = catalogue(language)
    own = {f"{name}.said": str(rule["text"]) for name, rule in rules().items()}
    assert gaps("alerts.", own, words) == []
    assert gaps("alerts.", own | {"refusals.said": "{user} {more}"}, words) != []


def test_the_languages_have_the_same_keys_and_places() -> None:
    danish, english = catalogue("da"), catalogue("en")
    assert danish.keys() == english.keys()
    assert gaps("", english, danish) == []


def test_a_missing_or_other_word_is_found() -> None:
    words = catalogue("da")
    less = {k: v for k, v in words.items() if k != "said.settings.young"}
    assert gaps("said.", wording.ENGLISH, less) == ["said.settings.young has no words"]
    other = words | {"said.settings.young": "{share:.0%} af de besøgende er unge."}
    assert gaps("said.", wording.ENGLISH, other) == ["said.settings.young has other places to fill"]


def test_every_code_that_is_said_is_in_the_catalogue() -> None:
    said: set[str] = set()
    for path in (ROOT / "analytics").glob("*.py"):
        for shape, code in CALL.findall(path.read_text(encoding="utf-8")):
            pattern = re.sub(r"\\\{.*?\\\}", "[a-z]+", re.escape(code)) if shape else re.escape(code)
            matching = {known for known in wording.ENGLISH if re.fullmatch(pattern, known)}
            assert matching, f"{path.name} says {code!r}"
            said |= matching
    # the rest is chosen by a condition before it is said
    assert len(said) > len(wording.ENGLISH) * 0.8


TEMPLATE = re.compile(r"`((?:[^`$]|\$\{(?:[^{}]|\{[^{}]*\})*\})*)`")
HOLE = re.compile(r"\$\{(?:[^{}]|\{[^{}]*\})*\}")
SENT = "passed.* failed.* policy.row.* policy.why.* qualifier.*".split()
"""Keys that come whole from the server, or from a choice of two beginnings."""


def unused(words: Iterable[str], pages: str, server: str) -> set[str]:
    """The keys that no page names: whole, as a number's one and many, or put together of a beginning and a code that is
    known to the server or a page.
    """
    whole = set(re.findall(r"['\"`]([\w.-]+)['\"`]", pages))
    counted = {f"{base}.{n}" for base in re.findall(r"tn\(\s*'([^']+)'", pages) for n in ("one", "many")}
    templates = [t for t in TEMPLATE.findall(pages) if re.match(r"[a-z][\w-]*\.", t)]
    shapes = [re.compile(r"([\w:.-]+)".join(re.escape(part) for part in HOLE.split(t))) for t in templates]
    shapes += [re.compile(re.escape(s).replace(r"\*", r"([\w.-]+)")) for s in SENT]
    codes = set(re.findall(r"[\w-]+", f"{pages} {server}"))
    begun = tuple(re.findall(r"f\"([a-z-]+-)\{", server))

    def known(code: str) -> bool:
        return all(part in codes or part.startswith(begun) for part in code.split("."))

    made = {w for w in words for shape in shapes if (m := shape.fullmatch(w)) and all(map(known, m.groups()))}
    return set(words) - whole - counted - made


def test_every_word_of_the_pages_is_used() -> None:
    web = ROOT / "viz/web/src"
    pages = [p for p in (*web.rglob("*.svelte"), *web.rglob("*.ts")) if p.name != "api.d.ts"]
    floors = [p for floor in ("graph", "ingest", "analytics", "api") for p in (ROOT / floor).rglob("*.*")]
    server = [p for p in floors if p.suffix in (".py", ".yaml", ".cedar")]
    said, sent = ("\n".join(p.read_text(encoding="utf-8") for p in found) for found in (pages, server))
    assert unused(catalogue("da"), said, sent) == set()


def test_a_word_that_no_page_uses_is_found() -> None:
    page = "{t('a.b')} {tn('links', n)} {t(`refused.${code}`)} {say(`stop.${s.button}.${how}`, how)} on off"
    server = 'Refused(code="role") f"budget-{name}" exports'
    there = ["a.b", "links.one", "links.many", "refused.role", "refused.budget-look-ups", "stop.exports.on"]
    assert unused(there, page, server) == set()
    gone = {"a.c", "links.none", "refused.too-much", "stop.exports.half", "stop.role"}
    assert unused({*there, *gone}, page, server) == gone
