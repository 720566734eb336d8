"""Queries stand in the modules of the catalogue and nowhere else, and what is put into their text is ours.

A string counts as a query by its first words. Values travel as parameters; the few names that are put into the text
(tables, columns, lists of question marks) are listed below one by one: a new one must be looked at.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house import FLOORS, ROOT

QUERY = re.compile(
    r"^\s*(SELECT\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|"
    r"(CREATE|DROP|ALTER)\s+(TEMP\s+|UNIQUE\s+|VIRTUAL\s+|FULLTEXT\s+|OR REPLACE\s+)?"
    r"(TABLE|INDEX|TRIGGER|VIEW|CONSTRAINT|DATABASE)\b|PRAGMA\s|ATTACH\s|VACUUM\b|WITH\s+(RECURSIVE\s+)?\S+\s*"
    r"(\(.*\)\s*)?AS\s|MATCH\s*\(|OPTIONAL MATCH|MERGE\s*\(|UNWIND\s|CALL\s+(\{|\w+\.)|SHOW\s+\w+|RETURN\s)",
    re.DOTALL,
)
CATALOGUE = {
    "graph/changes.py": "how often the file was written to",
    "graph/claim_writer.py": "rows into the ledger",
    "graph/columns.py": "reading the ledger into arrays",
    "graph/columns_build.py": "reading the ledger into arrays",
    "graph/cypher.py": "the statements of the Neo4j engine",
    "graph/ledger.py": "the connection's settings",
    "graph/migrations/versions/0001_first.py": "the schema",
    "graph/migrations/versions/0002_claim_range.py": "the schema",
    "graph/neo4j_projector.py": "reading the ledger for Neo4j",
    "graph/neo4j_server.py": "whether the server answers",
    "graph/projection_build.py": "who is in no projection",
    "graph/reading.py": "the connection's settings",
    "graph/schema.py": "the schema's version",
    "graph/scribe_process.py": "the connection's settings, rows into the ledger",
    "graph/statements.py": "the statements of the embedded engine",
    "graph/view_scope.py": "who must be masked",
    "ingest/deliver.py": "what the ledger knows of a delivery",
    "ingest/keys.py": "the last state of keyed rows",
    "ingest/resolve.py": "numbers of entities and terms",
}
WOVEN: dict[str, set[str]] = {
    "graph/claim_writer.py": {
        "', '.join(CLAIM_COLUMNS)", "', '.join('?' * len(CLAIM_COLUMNS))", "table", "first", "second", "name",
    },
    "graph/cypher.py": {
        "ENTITY", "LINK", "LITERAL", "SHOWN", "_OF_TYPE", "_RANK", "_SAID", "_SET", "_THERE", "int(hops)", "kind",
        "_name(name, 'link_[a-z][a-z0-9_]*')", "label_of(kind)", "len(PROPERTIES) + 3", "name", "type_of(p)",
        "type_of(predicate)", "wanted",
    },
    "graph/ledger.py": {"pragma"},
    "graph/projection_build.py": {"listed", "end"},
    "graph/reading.py": {"pragma"},
    "graph/scribe_process.py": {"pragma", "table", "', '.join(columns)"},
    "graph/statements.py": {
        "COLUMNS", "ENTITY", "_predicates(predicates)", "cids", "extra", "nids", "of_kind",
        "of_kind.format('c.object')", "of_kind.format('c.subject')", "scope", "wanted",
    },
    "graph/view_scope.py": {"marks"},
}  # fmt: skip
"""What is put into the text of a query, as it is written there: constants, parts that the module itself builds, names
of our own tables, and labels and types that were checked against the words (`label_of`, `type_of`)."""
DOORS = frozenset({"execute", "exec_driver_sql", "executemany", "executescript", "execute_query", "read_sql"})
"""Methods that send a query; nobody calls one where there is no query."""


@cache
def sources() -> list[tuple[str, ast.Module]]:
    paths = [
        p for floor in sorted(FLOORS) for p in sorted((ROOT / floor).rglob("*.py")) if "node_modules" not in p.parts
    ]
    return [(p.relative_to(ROOT).as_posix(), ast.parse(p.read_text(encoding="utf-8"))) for p in paths]


def queries(tree: ast.Module) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Every string of a module that is a query; documentation is none."""
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in inner | prose:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and QUERY.match(node.value):
            yield node
        if isinstance(node, ast.JoinedStr):
            begin = node.values[0] if node.values else None
            if isinstance(begin, ast.Constant) and isinstance(begin.value, str) and QUERY.match(begin.value):
                yield node


def woven(name: str, tree: ast.Module) -> set[tuple[str, str]]:
    """What the queries of a module hold that is not written out in them."""
    return {
        (name, ast.unparse(part.value))
        for node in queries(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
        if isinstance(part, ast.FormattedValue)
    }


def added(tree: ast.Module) -> list[int]:
    """Lines where something that is no written-out string is added to, or formatted into, a query."""
    told = {id(node) for node in queries(tree)}
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod) and id(node.left) in told)
        or (isinstance(node, ast.Attribute) and node.attr in ("format", "replace") and id(node.value) in told)
    ]


def test_queries_stand_in_the_catalogue_only() -> None:
    assert {name for name, tree in sources() if any(True for _ in queries(tree))} <= set(CATALOGUE)


def test_nothing_but_our_own_names_is_put_into_a_query() -> None:
    assert set().union(*(woven(name, tree) for name, tree in sources())) <= {
        (name, text) for name, texts in WOVEN.items() for text in texts
    }
    assert [(name, line) for name, tree in sources() for line in added(tree)] == []


def test_pages_surface_and_analyses_send_no_query() -> None:
    assert {Path(name).parts[0] for name in CATALOGUE} == {"graph", "ingest"}
    calls = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        if not name.startswith(("graph/", "ingest/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in DOORS
    ]
    assert calls == []


@pytest.mark.parametrize(
    "line",
    [
        'q = "SELECT * FROM claim"',
        'q = f"select".upper() or "DELETE FROM claim"',
        "q = f\"MATCH (n) WHERE n.name = '{name}' RETURN n\"",
        'q = "CALL dbms.killQuery(1)"',
        'q = """\n  WITH x AS (SELECT 1) SELECT * FROM x"""',
        'q = "PRAGMA key = 1"',
    ],
)
def test_a_query_elsewhere_is_seen(line: str) -> None:
    assert list(queries(ast.parse(line)))


def test_what_is_woven_in_is_seen() -> None:
    text = 'a = f"SELECT {x}"\nb = "SELECT " + x\nc = "SELECT {}".format(x)\nd = "SELECT %s" % x\ne = "Select a case"'
    tree = ast.parse(text)
    assert woven("m", tree) == {("m", "x")} and sorted(added(tree)) == [2, 3, 4]
