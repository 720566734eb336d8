"""`docs/security.md` and `docs/asvs.csv` leave nothing out, and name tests that are there."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache

import pytest

from tests.house import ROOT

STATES = ("met", "designed", "partly", "unmet", "deployment", "not-applicable")
LEVELS = {"1": 70, "2": 183, "3": 92}
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py::\w+)`")


def sheet() -> list[dict[str, str]]:
    with (ROOT / "docs" / "asvs.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def threats() -> dict[str, list[str]]:
    rows = [line.strip("|").split(" | ") for line in PAGE.splitlines() if re.match(r"\| T\d\d \|", line)]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}


@cache
def source(file: str) -> str:
    path = ROOT / file
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def is_there(test: str) -> bool:
    file, _, name = test.partition("::")
    return name.startswith("test_") and re.search(rf"^\s*def {name}\(", source(file), re.MULTILINE) is not None


def faults(line: dict[str, str]) -> list[str]:
    """What is wrong with a line of the sheet."""
    tests, found = line["tests"].split(), []
    if line["state"] not in STATES:
        found.append(f"no state {line['state']!r}")
    if line["state"] == "met" and not tests:
        found.append("met by no test")
    if line["state"] != "met" and len(line["note"]) < 6:
        found.append("no reason")
    if line["state"] in ("unmet", "not-applicable", "designed", "deployment") and tests:
        found.append("a test where none can be")
    return found + [f"no test {test}" for test in tests if not is_there(test)]


def test_every_threat_has_a_control_and_a_test_or_says_not_yet() -> None:
    found = threats()
    assert list(found) == [f"T{number:02}" for number in range(1, 29)]
    for name, (risk, control, tests) in found.items():
        assert risk, name
        assert (control and NAMED.search(tests)) or "not yet" in tests, name


def test_every_test_that_the_page_names_is_there() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 50
    assert [test for test in named if not is_there(test)] == []


def test_every_requirement_has_an_answer() -> None:
    lines = sheet()
    ids = [line["id"] for line in lines]
    assert len(ids) == len(set(ids)) == 345
    assert Counter(line["level"] for line in lines) == LEVELS
    assert all(line["chapter"] == f"V{line['id'].split('.')[0]}" for line in lines)
    assert Counter(line["state"] for line in lines if line["chapter"] == "V17") == {"not-applicable": 12}
    for chapter in range(1, 18):
        sections: dict[int, list[int]] = {}
        for line in lines:
            if line["chapter"] == f"V{chapter}":
                _, section, number = (int(part) for part in line["id"].split("."))
                sections.setdefault(section, []).append(number)
        assert list(sections) == list(range(1, len(sections) + 1))
        assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in sections.values())


def test_every_answer_is_a_test_or_a_reason() -> None:
    assert {line["id"]: faults(line) for line in sheet() if faults(line)} == {}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"state": "met", "tests": ""}, "met by no test"),
        ({"state": "unmet", "note": "", "tests": ""}, "no reason"),
        ({"state": "fine"}, "no state"),
        ({"state": "met", "tests": "tests/test_security_docs.py::test_that_is_not_there"}, "no test"),
        ({"state": "met", "tests": "tests/none.py::test_x"}, "no test"),
    ],
)
def test_a_line_that_claims_too_much_is_found(changed: dict[str, str], said: str) -> None:
    line = {"id": "1.1.1", "level": "1", "chapter": "V1", "state": "met", "tests": "", "note": "", **changed}
    assert any(said in fault for fault in faults(line))
