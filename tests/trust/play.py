"""Playing a world and its twin: the same requests to both, every answer compared, no secret word in any."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import tests.trust.paths as paths
from tests.trust import oracle
from tests.trust.paths import Ask, Known, Operation
from tests.trust.stage import OTHERS, Answer, House, Stage
from tests.trust.twins import twin
from tests.trust.worlds import ASKER, NOW, OTHER_CASE, SOMEBODY, Request, World, draw

RARE: Final = {
    ("POST", "/api/v1/views/{v}/analyses/{name}"): 0.3,
    ("GET", "/api/v1/map"): 0.02,
    ("GET", "/api/v1/ontology"): 0.05,
}
"""Paths that cost much, or never depend on data, and how often they are walked."""
OFTEN: Final = {"/search": 2, "/{e}": 4, "/neighbours": 2, "/surroundings": 2, "/paths": 3, "/record": 2, "/vault": 3}
"""Paths that are walked more than once in a world, by how they end."""
COMMAND_SHARE: Final = 0.4
IN_A_ROW: Final = 4
"""Charts drawn in a world that has one, each around another entity."""
CHARTS: Final = 30
"""How many times as often as another command a chart is drawn: no route makes one."""
OTHERS_SHARE: Final = 0.3
"""How often somebody else was at work on another case before, in the second house alone."""
POLICIES: Final = frozenset({"content-security-policy", "permissions-policy"})
"""Headers that are the same for everybody: a made-up word may stand in one of theirs."""
_OUT: Final = ("DELETE", "/api/v1/session")
_WORD: Final = re.compile(r"[^\W_]+")
_BYTES: Final = re.compile(r'"bytes": \d+')


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two answers differ, or a secret word stands in one."""

    seed: int
    ask: str
    what: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"seed {self.seed}: {self.ask}\n  {self.what}\n  A: {self.first}\n  B: {self.second}"


@dataclass
class Tally:
    """What a run did."""

    pairs: int = 0
    answers: int = 0
    again: int = 0
    """Of the answers those that were asked for a second time in the same view."""
    others: int = 0
    """How often somebody else asked the same before or in between, in the second house."""
    statuses: Counter[int] = field(default_factory=Counter)
    paths: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu: float = 0.0
    """Processor time: what a run costs on a machine that others use as well."""
    found: list[Difference] = field(default_factory=list)

    def text(self) -> str:
        rate = self.answers / max(self.seconds, 0.001), self.answers / max(self.cpu, 0.001)
        return (
            f"{self.pairs} pairs of worlds, {self.answers} pairs of answers ({self.again} asked again, "
            f"{self.others} asked by somebody else as well), {len(self.found)} differences, "
            f"{self.seconds:.0f} s, {self.cpu:.0f} s of processor, {rate[0]:.0f} answers/s, {rate[1]:.0f} a second of "
            f"processor; statuses {dict(sorted(self.statuses.items()))}"
        )


def run(stage: Stage, seeds: Sequence[int], tally: Tally, *, until: int = 1, deadline: float | None = None) -> Tally:
    """Play one pair of worlds for each seed until some differences are found, or the time is up."""
    begun, spent = time.monotonic(), time.process_time()
    for seed in seeds:
        world, request = draw(seed)
        play(stage, seed, world, twin(world, request, seed + 1), request, tally)
        if len(tally.found) >= until or (deadline is not None and time.monotonic() > deadline):
            break
    tally.seconds += time.monotonic() - begun
    tally.cpu += time.process_time() - spent
    return tally


def play(stage: Stage, seed: int, world: World, other: World, request: Request, tally: Tally) -> None:
    """Play one pair."""
    random = Random(seed + 2)
    stage.play(world, other)
    known = Known(stage.houses[0].home, (world, other), request, random)
    show = _Show(stage, seed, oracle.names_of(world, request), known, tally)
    show.vault_secrets = oracle.names_of(world, request, of_vault=True)
    if random.random() < OTHERS_SHARE:
        show.other = _others_work(stage, random, request.purpose)
    show.ask(Ask("POST", "/api/v1/session", body={"persona": ASKER}))
    opened = show.ask(Ask("POST", "/api/v1/views", body=request.body()))
    for operation in _programme(random):
        if opened is None and "{v}" in operation.path and random.random() < 0.9:
            continue  # no view was opened: one address in ten is tried all the same
        ask = paths.ask_of(operation, known)
        if show.lacks(ask) and random.random() < 0.8:
            continue  # nothing of the kind was made: one address in five is tried all the same
        show.ask(ask, operation)
    if random.random() < COMMAND_SHARE and request.as_of is None:  # commands have no option for it
        name = random.choice([*(n for n in paths.commands() if n not in paths.NOT_READ), *["chart"] * CHARTS])
        if oracle.opens(world, request) or not request.necessity or paths.states_necessity(name):
            for _ in range(IN_A_ROW if name == "chart" else 1):
                show.ask(paths.command_of(name, known))
    tally.pairs += 1


def _others_work(stage: Stage, random: Random, purpose: str) -> tuple[str, str] | None:
    """Let somebody else work on another case in the second house: views, runs, searches, kept work.

    Return the session and the view in which they go on asking; None where none was opened to them.
    """
    house, other = stage.houses[1], None
    signed = house.ask(stage.loop, "POST", "/api/v1/session", body={"persona": SOMEBODY})
    house.cookie = cookie_of(signed)
    case = random.choice((OTHER_CASE, None))
    if purpose not in OTHERS["purposes"]:
        purpose = "prevent"
    opened = house.ask(stage.loop, "POST", "/api/v1/views", body=Request(purpose, case).body())
    assert opened.status in (201, 403, 404), opened.body  # the case comes and goes; the asker's answers are compared
    if opened.status == 201:
        other = house.cookie, json.loads(opened.body)["id"]
        view = f"/api/v1/views/{other[1]}"
        house.ask(stage.loop, "GET", f"{view}/search", query={"q": "hus"})
        if random.random() < 0.4:
            run = house.ask(stage.loop, "POST", f"{view}/analyses/coverage", body={"parameters": {}})
            house.wait_for(json.loads(run.body)["id"])
    house.cookie = ""
    house.told.clear()
    house.seen.clear()
    return other


def _programme(random: Random) -> list[Operation]:
    """Return the routes in an order: reading in any, twice where it is worth it; ending at the end."""
    chosen = []
    for operation in paths.operations():
        if operation.path.startswith(paths.OF_THE_LOG):
            continue
        key = (operation.method, operation.path)
        if key in paths.SKIPPED or not paths.can_be_drawn(operation):
            continue
        if random.random() < RARE.get(key, 1.0) and (key not in paths.FRAME or random.random() < 0.6):
            chosen += [operation] * next((times for part, times in OFTEN.items() if operation.path.endswith(part)), 1)
    moments = {place: _early(operation) * random.random() for place, operation in enumerate(chosen)}
    ordered = [chosen[place] for place in sorted(moments, key=lambda place: moments[place])]
    return sorted(ordered, key=lambda o: ((o.method, o.path) in paths.LAST, (o.method, o.path) == _OUT))


def _early(operation: Operation) -> float:
    """Return how late a route may come: what makes something comes before what reads it, more often than not."""
    return 0.4 if operation.method == "POST" else 1.0


class _Show:
    """One pair of worlds while it is played."""

    def __init__(self, stage: Stage, seed: int, secrets: set[str], known: Known, tally: Tally) -> None:
        self.known = known
        self.stage = stage
        self.seed = seed
        self.secrets = secrets
        self.vault_secrets = secrets
        """What must not even stand in an answer of the vault."""
        self.tally = tally
        self.count = 0
        self.other: tuple[str, str] | None = None
        """Session and view of somebody else at work in the second house."""

    def lacks(self, ask: Ask) -> bool:
        """Say whether a request names something that was never made."""
        made = self.stage.houses[0].names
        return any(f"<{name}>" in ask.text() and name not in made for name in ("run", "finding", "package"))

    def ask(self, ask: Ask, operation: Operation | None = None) -> Any:
        """Ask both houses the same; return the first one's body where it is JSON and all went well."""
        self.count += 1
        first = self.count % 2 == 0 and paths.in_a_view(ask)
        if first:
            self._others_ask(ask)
        answers = []
        for house in self.stage.houses:
            house.now = NOW + timedelta(seconds=self.count)
            answers.append(self._answer(house, ask, operation))
        self.tally.answers += 1
        self.tally.statuses[answers[0].status] += 1
        self.tally.paths[f"{ask.method} {operation.path if operation else ask.path}"] += 1
        if operation is not None and operation.path.startswith(paths.OF_THE_LOG):
            answers[1].headers, answers[1].body, answers[1].audit = (
                answers[0].headers,
                answers[0].body,
                answers[0].audit,
            )
        alone = ask.path.endswith("/grants/emergency") or (ask.path, answers[0].status) == ("unmask alone", 0)
        if alone and answers[0].status < 300:
            self.secrets = self.vault_secrets = set()  # the asker has just been told a name
        if self._compare(ask, *answers) and paths.in_a_view(ask) and answers[0].status == 200:
            if not first:
                self._others_ask(ask)
            self._again(ask, operation, answers[0].body)
        if answers[0].status >= 300 or ask.method == "CLI":
            return None
        try:
            return json.loads(answers[0].body)
        except ValueError:
            return True

    def _again(self, ask: Ask, operation: Operation | None, body: str) -> None:
        """Ask the same in the same view a second time: what was kept is given."""
        answers = [self._answer(house, ask, operation) for house in self.stage.houses]
        self.tally.answers += 1
        self.tally.again += 1
        self.tally.statuses[answers[0].status] += 1
        if operation is not None and operation.path.startswith(paths.OF_THE_LOG):
            return
        if self._compare(ask, *answers) and answers[0].body != body:
            self.tally.found.append(
                Difference(self.seed, ask.text(), "asked again, the body differs", *_apart(body, answers[0].body))
            )

    def _others_ask(self, ask: Ask) -> None:
        """Let somebody else ask the same in their own view, in the second house alone, before or in between."""
        if self.other is None:
            return
        house, (cookie, view) = self.stage.houses[1], self.other
        own, house.cookie = house.cookie, cookie
        try:
            house.ask(self.stage.loop, ask.method, _own(house, ask.path.replace("<view>", view)), query=ask.query)
        finally:
            house.cookie = own
            house.told.clear()
        self.tally.others += 1

    def _answer(self, house: House, ask: Ask, operation: Operation | None) -> Answer:
        if ask.method == "CLI":
            return self._command(house, ask)
        path = _own(house, ask.path)
        content = house.package if ask.content else None
        body = json.loads(_own(house, json.dumps(ask.body))) if ask.body is not None else None
        answer = house.ask(self.stage.loop, ask.method, path, query=ask.query, body=body, content=content)
        _bind(self.stage, house, ask, answer)
        house.hear(answer)
        if ask.content is not None:
            answer.audit = _BYTES.sub('"bytes": any', answer.audit)
        return house.canonical(answer)

    def _command(self, house: House, ask: Ask) -> Answer:
        out = house.home.path.parent / "out"
        out.unlink(missing_ok=True)
        answer = house.command([str(out) if part == "<out>" else part for part in ask.body])
        if out.exists():
            data = out.read_bytes()
            answer.body += self.stage.opened(data) if ask.body[0] == "export" else data.decode()
            out.unlink()
        if ask.body[0] == "export":
            for name, value in json_values(answer.body, "sha256"):
                house.names[name] = value
        return house.canonical(house.hear(answer))

    def _compare(self, ask: Ask, first: Answer, second: Answer) -> bool:
        """Say whether two answers are alike and tell no secret word; what is found is entered."""
        before = len(self.tally.found)
        self._look(ask, first, second)
        return len(self.tally.found) == before

    def _look(self, ask: Ask, first: Answer, second: Answer) -> None:
        for what in ("status", "headers", "body", "audit", "log"):
            a, b = getattr(first, what), getattr(second, what)
            if a != b:
                self.tally.found.append(
                    Difference(self.seed, ask.text(), f"the {what} differs", *_apart(str(a), str(b)))
                )
                return
        if ask.path.endswith("/search") and '"known":{' in first.body and not self.known.whole(str(ask.query["q"])):
            self.tally.found.append(
                Difference(self.seed, ask.text(), "known by less than a whole name", first.body, "")
            )
        told = [(key, value) for key, value in first.headers if key not in POLICIES]
        said = f"{told} {first.body} {first.audit} {first.log}".lower()
        asked, words = ask.text().lower(), set(_WORD.findall(said.replace("\\n", " ")))
        for secret in self.vault_secrets if _of_vault(ask) else self.secrets:
            if secret in words and secret not in asked:
                self.tally.found.append(
                    Difference(self.seed, ask.text(), f"the word {secret} stands in it", said[:3000], "")
                )
                return


def _of_vault(ask: Ask) -> bool:
    return ask.path.endswith("/vault") or (ask.method == "CLI" and ask.path == "vault")


def cookie_of(answer: Answer) -> str:
    """Return the session that an answer gives, if it gives one."""
    given = dict(answer.headers).get("set-cookie", "")
    return given.partition("=")[2].partition(";")[0]


def _own(house: House, text: str) -> str:
    for name, value in house.names.items():
        text = text.replace(f"<{name}>", value)
    return text


def _bind(stage: Stage, house: House, ask: Ask, answer: Answer) -> None:
    """Learn this house's own random values from an answer."""
    if ask.method == "POST" and (given := cookie_of(answer)):
        house.cookie = house.names["cookie"] = given
    if answer.status not in (200, 201, 202) or ask.method == "DELETE":
        return
    if ask.method == "POST" and ask.path == "/api/v1/views" and "view" not in house.names:
        house.names["view"] = json.loads(answer.body)["id"]
    elif ask.path.startswith("/api/v1/views/<view>/analyses/"):
        run = json.loads(answer.body)
        house.names["run"] = run["id"]
        ended = house.wait_for(run["id"])
        if ended.finding:
            house.names["finding"] = ended.finding
        # how far it had come when the answer was written is a matter of time, which is not compared
        answer.body = json.dumps({"id": run["id"], "name": run["name"]})
    elif ask.path.endswith("/packages") and ask.method == "POST":
        made = json.loads(answer.body)
        house.names["package"] = made["id"]
        if made["sha256"]:
            house.names["ciphertext"] = made["sha256"]
    elif ask.path.endswith("/file"):
        house.package = answer.raw
        answer.body = stage.opened(answer.raw)
        # age adds random stanzas to what it encrypts: length and digest of the file are chance
        answer.headers = [(key, value) for key, value in answer.headers if key != "content-length"]


def json_values(text: str, key: str) -> list[tuple[str, str]]:
    """Return the values of a key in the first line of a text, if that is a JSON object."""
    try:
        found = json.loads(text.partition("\n")[0])
    except ValueError:
        return []
    return [("exported", found[key])] if isinstance(found, dict) and found.get(key) else []


def _apart(a: str, b: str) -> tuple[str, str]:
    """Return two texts from a little before where they begin to differ."""
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    begin = max(0, at - 120)
    return a[begin : at + 200], b[begin : at + 200]
