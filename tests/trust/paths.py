"""The read paths, generated: every route of the application and every command that answers data.

Arguments are drawn by the name of each parameter, body or option. A route, parameter or command that is not known here
fails `test_paths`, so that a new one cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any, Final

import typer

import api.cli
from api.app import describe
from graph.home import Home
from graph.identity import Identity
from graph.ledger_write import row_identity
from graph.pseudonyms import CROCKFORD, Tokens, partition_of
from graph.text import fold
from tests.trust import oracle
from tests.trust.worlds import ASKER, OTHER_CASE, PARTNER, PURPOSES, SOMEBODY, Request, World, word

FRAME: Final = frozenset({("POST", "/api/v1/session"), ("POST", "/api/v1/views")})
"""What begins every play: signing in and opening the view."""
LAST: Final = frozenset(
    {
        ("POST", "/api/v1/session"),
        ("DELETE", "/api/v1/session"),
        ("DELETE", "/api/v1/views/{v}"),
        ("DELETE", "/api/v1/views/{v}/runs/{r}"),
    }
)
SKIPPED: Final = {
    ("POST", "/api/v1/stops/{button}/press"): "stops the house, and all worlds after it",
    ("POST", "/api/v1/stops/{button}/lift"): "starts it again",
    ("DELETE", "/api/v1/sessions"): "ends the asker's sessions in the worlds after it as well",
    ("POST", "/api/v1/session/password"): "no data; counts attempts over all worlds, and is slow on purpose",
    ("POST", "/api/v1/session/new-password"): "the same",
    ("POST", "/api/v1/session/proof"): "the same",
}
"""Routes that are not walked, and why."""
OF_THE_LOG: Final = "/api/v1/views/{v}/audit/"
"""Answers about the log, for those who oversee: what others did is theirs to see, and each house has its own past. The
status must be alike, and no secret word may stand in them."""
UNSCHEDULED: Final = {
    "/{path:path}": "the pages: files of the build, the same for every home",
    "/assets": "the pages' files",
    "/sign-in/elsewhere": "leads a browser to the provider",
    "/sign-in/elsewhere/return": "takes it back; it reads no data",
    "/api/v1/csp-reports": "what browsers report of the pages; it reads nothing and answers nothing",
}
NOT_READ: Final = {
    "init": "makes a home", "load": "writes the ledger", "rebuild": "writes an engine", "import": "writes the ledger",
    "account add": "writes accounts", "account reset": "writes accounts", "account revoke": "writes the directory",
    "account disable": "writes the directory", "account enable": "writes the directory",
    "account provider": "writes the home's settings", "account map": "writes the home's settings",
    "account list": "whoever holds the folder: accounts and roles, no claims",
    "token issue": "writes no data and reads none",
    "serve": "the routes themselves", "demo": "load and serve", "bench": "measures a world of its own",
    "scenario make": "writes a folder", "neo4j start": "a server", "neo4j stop": "a server", "neo4j status": "a server",
    "doctor": "whoever holds the folder: heads and digests of the whole home",
    "audit verify": "whoever holds the folder: the chain of the whole home",
    **dict.fromkeys(
        (
            "audit checkpoint", "audit key", "audit witness", "audit serve-witness", "audit report", "audit who-looked",
            "audit replay", "audit sample", "audit alerts", "audit review", "audit write",
        ),
        "the log: see OF_THE_LOG",
    ),
    "policy check": "rules, no data",
    "policy diff": "rules, no data",
    "policy sign": "rules, no data",
    "policy table": "rules, no data",
    "stop": "stops the house",
    "partner add": "writes the directory",
    "partner list": "whoever holds the folder: the partners of the home",
    "partner show": "whoever holds the folder: the partners of the home",
    "verify": "a package, not the home: what it says is in the file",
}  # fmt: skip
"""Commands that answer no data of a view, and why."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request or command, with `<name>` where a house has its own value."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    content: bytes | None = None

    def text(self) -> str:
        return f"{self.method} {self.path} {dict(self.query)} {self.body}"


def in_a_view(ask: Ask) -> bool:
    """Say whether something is only read, within a view."""
    return ask.method == "GET" and ask.path.startswith("/api/v1/views/<view>")


@dataclass(frozen=True, slots=True)
class Operation:
    """A route as the application describes it."""

    method: str
    path: str
    parameters: Sequence[Mapping[str, Any]]
    body: str | None
    """Name of the body's shape; `bytes` where it is the file itself."""


@cache
def operations() -> tuple[Operation, ...]:
    """Return every route, from the application's own description."""
    found = []
    for path, methods in describe()["paths"].items():
        for method, about in methods.items():
            content = about.get("requestBody", {}).get("content", {})
            shape = next((str(c["schema"]["$ref"]).rpartition("/")[2] for c in content.values()), None)
            if shape is None and path.endswith("/packages/verify"):
                shape = "bytes"
            found.append(Operation(method.upper(), path, tuple(about.get("parameters", ())), shape))
    return tuple(found)


@cache
def commands() -> Mapping[str, tuple[Any, ...]]:
    """Return every command of the command line with its parameters."""

    def walk(command: Any, prefix: tuple[str, ...] = ()) -> dict[str, tuple[Any, ...]]:
        if hasattr(command, "commands"):
            inner = (walk(sub, (*prefix, name)) for name, sub in command.commands.items())
            return {name: found for part in inner for name, found in part.items()}
        return {" ".join(prefix): tuple(command.params)}

    return walk(typer.main.get_command(api.cli.app))


class Known:
    """What an asker may have got hold of: ids, tokens, names of things that are and are not for them."""

    def __init__(self, home: Home, worlds: Sequence[World], request: Request, random: Random) -> None:
        self.random = random
        self.request = request
        world = worlds[0]
        ids, tokens = (
            Identity(home),
            Tokens(home.secret("pseudonym"), partition_of(request.case, request.purpose, ASKER)),
        )
        entities = sorted({entity for each in worlds for entity in each.entities()})
        eids = {entity: ids.eid(*entity) for entity in entities}
        there = sorted(oracle.existing(world, request))
        self.seen = [tokens.entity(eids[entity]) for entity in there]
        self.tokens = [tokens.entity(eid) for eid in eids.values()]
        ends = {
            (s.space, end)
            for s in oracle.shown(world, request)
            for end in (s.claim.subject, s.claim.object)
            if s.claim.object is not None and end is not None
        }
        self.linked = [tokens.entity(eids[entity]) for entity in sorted(ends)]
        self.delivered = [delivered for _, delivered in entities]
        blocks = tokens.blocks(list(eids.values())).tolist() if eids else []
        self.pseudonyms = ["K-" + "".join(CROCKFORD[b >> (64 - 5 * (i + 1)) & 31] for i in range(4)) for b in blocks]
        may_read = set(oracle.shown(world, request))
        self.claims: list[str] = []
        self.seen_claims: list[str] = []
        for said in (s for each in worlds for s in each.claims):
            content = said.claim.content()
            token = tokens.claims([ids.cid(said.space, row_identity(content, 0), content, 0)])[0]
            (self.seen_claims if said in may_read else self.claims).append(token)
        named = [
            s.claim.value
            for each in worlds
            for s in each.claims
            if s.claim.object is None and s.claim.predicate in ("name", "alias", "title", "number", "text")
        ]
        self.names = [name for name in named if name]
        self.kept = [kept.id for each in worlds for kept in each.kept]

    def whole(self, text: str) -> bool:
        """Say whether a text is a whole name, number or id that somebody bears."""
        digits = "".join(letter for letter in text if letter.isdigit())
        folded = {fold(name) for name in (*self.names, *self.delivered)}
        numbers = {"".join(filter(str.isdigit, name)) for name in folded}
        return fold(text) in folded or any(len(digits) > 7 and digits in number for number in numbers)

    def pick(self, *lists: Sequence[str]) -> str:
        """Draw one of a list drawn before."""
        full = [found for found in lists if found] or [["nothing"]]
        return self.random.choice(self.random.choice(full))

    def entity(self) -> str:
        return self.pick(*[self.seen] * 6, self.tokens, self.delivered, self.pseudonyms)

    def end(self) -> str:
        """Draw an end of a path: mostly something that links lead to."""
        return self.pick(self.linked) if self.random.random() < 0.8 else self.entity()

    def claim(self) -> str:
        return self.pick(*[self.seen_claims] * 5, self.claims, ["nonsense"])

    def search(self) -> str:
        """Draw what to search for: a whole name, a beginning, a slip of the pen, a word, an id."""
        name = self.pick(*[self.names] * 3, self.delivered, ["hus", "hus", "hus", "per", "+45", "a"])
        random = self.random
        how = random.randint(0, 5) if len(name) > 3 else 3
        if how == 0:
            return name[: random.randint(1, 6)]
        if how == 1 and len(name) > 4:
            at = random.randrange(len(name) - 1)
            return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
        if how == 2:
            return name.split()[-1][:180]
        return name[:180]

    def of_schema(self, schema: Mapping[str, Any]) -> Any:
        """Draw a value by the shape alone: one of a list, or a number within its bounds."""
        options = [schema, *schema.get("anyOf", ())]
        for one in options:
            if "enum" in one:
                return self.random.choice(one["enum"])
            if one.get("type") == "integer":
                low = int(one.get("minimum", 0))
                return self.random.choice(
                    (low, low + 1, min(low + 4, int(one.get("maximum", 9))), int(one.get("maximum", 9)))
                )
        return None


Draw = Callable[[Known], Any]

PARAMETERS: Final[Mapping[str, Draw]] = {
    "v": lambda known: "<view>" if known.random.random() < 0.97 else "v" + "0" * 24,
    "e": Known.entity,
    "start": Known.end,
    "end": Known.end,
    "c": Known.claim,
    "r": lambda known: "<run>" if known.random.random() < 0.8 else "AAAABBBBCCCC",
    "f": lambda known: known.pick(["<finding>"], known.kept, ["settings-1"]),
    "k": lambda known: known.pick(["<package>"], known.kept, ["kxp-0"]),
    "q": Known.search,
    "kind": lambda known: known.random.choice(([], [], ["Person"], ["PrisonSection", "Venue"], ["Vehicle"])),
    "predicate": lambda known: known.random.choice(([], [], ["uses"], ["present_at", "kin_of"])),
    "name": lambda known: known.random.choice(("settings", "coverage", "coverage", "nothing")),
    "entity": lambda known: known.pick(known.delivered, known.delivered, ["person:nobody"]),
    "n": lambda known: str(known.random.randint(0, 5)),
    "user": lambda known: known.random.choice((ASKER, SOMEBODY, "nobody")),
    "since": lambda known: "2026-11-01T00:00:00+00:00",
    "until": lambda known: "2026-11-30T00:00:00+00:00",
    "grant": lambda known: "grant-0",
    "glass_id": lambda known: "glass-0",
    "notice": lambda known: "notice-0",
    "party": lambda known: "party-0",
    "overlap": lambda known: "overlap-0",
    "question": lambda known: "question-0",
    "partner": lambda known: known.random.choice((PARTNER, PARTNER, "partner-none")),
}
"""Path and query parameters by name. Those with a list or bounds of their own need no entry."""


def _claims(known: Known) -> list[str]:
    few = known.random.randint(1, 4)
    return known.random.sample(known.seen_claims, min(few, len(known.seen_claims))) or ["nothing"]


def _package(known: Known) -> dict[str, Any]:
    chosen = _claims(known)
    if known.claims and known.random.random() < 0.2:
        chosen.append(known.random.choice(known.claims))
    asked = known.entity() if known.random.random() < 0.2 else None
    return {"partner": PARTNER, "request": asked, "claims": chosen}


def _view(known: Known) -> dict[str, Any]:
    """Draw the opening of another view: the same again, or one of a case that the asker is no member of.

    What another view shows is another world's matter: a twin is one for a single request.
    """
    if known.random.random() < 0.3:
        return known.request.body()
    case = known.random.choice((OTHER_CASE, "case-more", "case-none"))
    purpose = known.random.choice([p for p in PURPOSES if p != "oversight"])  # who oversees may enter what is closed
    return Request(purpose, case).body()


BODIES: Final[Mapping[str, Draw]] = {
    "SignIn": lambda known: {"persona": known.random.choice((ASKER, "nobody"))},
    "OpenView": _view,
    "RunAnalysis": lambda known: {"parameters": {}},
    "KeepPlan": lambda known: {
        "finding": known.pick(["<finding>"], known.kept),
        "title": f"plan {word(known.random)}",
        "note": "",
        "measures": known.random.choice(([0], [0, 1], [7])),
    },
    "PackageAsk": _package,
    "OpenAgain": lambda known: {k: v for k, v in known.request.body().items() if k not in ("reason", "necessity")},
    "ReviewIn": lambda known: {"verdict": known.random.choice(("in-order", "nonsense")), "note": ""},
    "AskUnmask": lambda known: {
        "subjects": [{"ref": known.entity(), "reason": "a lead to follow"}],
        "reason": "a lead to follow",
    },
    "UnmaskAlone": lambda known: {"ref": known.entity(), "reason": "a lead to follow"},
    "ApproveUnmask": lambda known: {"note": ""},
    "ReasonIn": lambda known: {"reason": "a lead to follow"},
    "ReviewEmergency": lambda known: {"verdict": "fine", "remark": ""},
    "AskHit": lambda known: {"identifier": known.search()[:100], "reason": "a lead to follow"},
    "AnswerHit": lambda known: {"answer": known.random.choice(("hit", "no-hit"))},
    "AskGlass": lambda known: {
        "case": known.random.choice((OTHER_CASE, "case-none")),
        "reason": "a threat against somebody tonight",
    },
    "ReviewGlass": lambda known: {"verdict": "justified", "remark": "a lead to follow"},
    "PrintPage": lambda known: {"mark": "0123abcd", "page": known.random.choice(("/hjem", "/skrivebord"))},
    "NoticeSeen": lambda known: {"seen": True},
    "EnterParty": lambda known: {
        "entity": known.entity(),
        "category": known.random.choice(("a", "c")),
        "role": "subject",
        "reason": "a lead to follow",
    },
}
"""Bodies by the name of their shape."""


def parameters_of(operation: Operation) -> list[Mapping[str, Any]]:
    """Return the parameters that the values above have to be found for."""
    return [p for p in operation.parameters if p["in"] in ("path", "query")]


def has_own_values(schema: Mapping[str, Any]) -> bool:
    return any("enum" in one or one.get("type") == "integer" for one in (schema, *schema.get("anyOf", ())))


def ask_of(operation: Operation, known: Known) -> Ask:
    """Draw one request of a route."""
    path, query = operation.path, {}
    for parameter in parameters_of(operation):
        name, schema = parameter["name"], parameter.get("schema", {})
        value = known.of_schema(schema) if has_own_values(schema) else PARAMETERS[name](known)
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", str(value))
        elif parameter.get("required") or known.random.random() < 0.6:
            query[name] = value
    if operation.body == "bytes":
        return Ask(operation.method, path, query, content=b"<package bytes>")
    body = BODIES[operation.body](known) if operation.body else None
    return Ask(operation.method, path, query, body)


def can_be_drawn(operation: Operation) -> bool:
    """Say whether all that a route asks for is known here; `test_paths` fails for one of which it is not."""
    known = all(has_own_values(p.get("schema", {})) or p["name"] in PARAMETERS for p in parameters_of(operation))
    return known and (operation.body in (None, "bytes") or operation.body in BODIES)


def _limit(known: Known) -> str:
    return str(known.random.choice((1, 3, 20)))


OPTIONS: Final[Mapping[str, Draw]] = {
    "text": Known.search,
    "entity": Known.entity,
    "question": lambda known: "question-0",
    "said": lambda known: "no-hit",
    "who": lambda known: ASKER,
    "purpose": lambda known: known.request.purpose,
    "case": lambda known: known.request.case,
    "basis": lambda known: known.request.legal_basis,
    "reason": lambda known: "a lead to follow",
    "necessity": lambda known: known.request.necessity or None,
    "limit": _limit,
    "hops": lambda known: str(known.random.choice((1, 2))),
    "language": lambda known: known.random.choice(("da", "en")),
    "out": lambda known: "<out>",
    "to": lambda known: PARTNER,
    "request": lambda known: None,
    "lag_days": lambda known: None,
    "q": lambda known: None,
    "overlap": lambda known: None,
    "home": lambda known: None,
    "category": lambda known: "a",
    "role": lambda known: "subject",
    "why": lambda known: "a lead to follow",
    "since": lambda known: None,
    "until": lambda known: None,
    "party": lambda known: "party-0",
    "subject": Known.entity,
    "subjects": Known.entity,
    "for_": lambda known: None,
    "hours": lambda known: None,
    "grant": lambda known: "grant-0",
    "verdict": lambda known: "justified",
    "claim": Known.claim,
    "act": lambda known: known.random.choice(("read", "count", "export", "unmask", "open-vault")),
    "user": lambda known: SOMEBODY,
    "glass_id": lambda known: "glass-0",
    "as_json": lambda known: known.random.random() < 0.5,
}
"""Arguments and options of commands by name; None leaves one out."""


def states_necessity(name: str) -> bool:
    """Say whether a command can state that special categories are needed; without it another view is opened."""
    return any(parameter.name == "necessity" for parameter in commands()[name])


def command_of(name: str, known: Known) -> Ask:
    """Draw one call of a command."""
    arguments, options = [], []
    for parameter in commands()[name]:
        value = OPTIONS[parameter.name](known)
        if value is None or value is False:
            continue
        if parameter.param_type_name == "argument":
            arguments.append(value)
        elif value is True:
            options.append(parameter.opts[0])
        else:
            options += [parameter.opts[0], value]
    return Ask("CLI", " ".join(name.split()), body=[*name.split(), *options, "--", *arguments])
