"""YAML side files: read strictly, held against their shape, and refused in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from graph.errors import BadDelivery

M = TypeVar("M", bound=BaseModel)
SIDE_LIMIT = 64 << 20
SIDE_NODES, SIDE_DEPTH = 4_000_000, 40
"""How much a YAML file may say once its references are followed, and how deep."""
EXPECTED: Mapping[str, str] = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "date_from_datetime_parsing": "a date such as 2026-03-01",
    "date_type": "a date such as 2026-03-01",
    "dict_type": "names with values",
    "greater_than_equal": "at least {ge}",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "less_than_equal": "at most {le}",
    "list_type": "a list",
    "literal_error": "one of {expected}",
    "model_type": "names with values",
    "string_pattern_mismatch": "a text of the form {pattern}",
    "string_type": "a text",
    "tuple_type": "a list",
}
"""What was expected where pydantic found something else, by its kind of error."""


class _Twice(ValueError):
    pass


class _Loader(yaml.CSafeLoader):
    """The safe loader, but a key may stand once: the last of two would win unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise _Twice(f"line {key.start_mark.line + 1}: the key {key.value!r} stands twice")
                seen.add(key.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


def read_yaml(path: Path) -> Any:
    """Read a YAML side file.

    Raises
    ------
    BadDelivery
        It is not UTF-8 YAML, says a key twice, or is beyond its limit.
    """
    if path.stat().st_size > SIDE_LIMIT:
        raise BadDelivery(f"{path} is larger than {SIDE_LIMIT >> 20} MiB.", code="too-long")
    try:
        body = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)  # a safe loader, in C
    except _Twice as error:
        raise BadDelivery(f"{path}, {error}. Keep one of the two.", code="bad-side-file") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadDelivery(f"{path} is not YAML: {error}. Correct it and load again.", code="bad-side-file") from None
    _bounded(body, path)
    return body


def _bounded(body: Any, path: Path) -> None:
    """Refuse what unfolds without end: references in YAML make a few lines say billions of things."""
    nodes, waiting = 0, [(body, 0)]
    while waiting:
        value, depth = waiting.pop()
        nodes += 1
        if isinstance(value, dict):
            waiting.extend((each, depth + 1) for each in value.values())
        elif isinstance(value, list):
            waiting.extend((each, depth + 1) for each in value)
        elif isinstance(value, str):
            nodes += len(value) >> 6
        if nodes + len(waiting) > SIDE_NODES or depth > SIDE_DEPTH:
            raise BadDelivery(f"{path} says too much, or refers to itself. Write it out plainly.", code="too-long")


def parse(model: type[M], body: Any, path: Path, entry: str = "") -> M:
    """Hold what a side file says against its shape, and name the place when it does not fit.

    Raises
    ------
    BadDelivery
        With what was expected, what came, and what to do.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        # names of union branches stand among the places
        place = [str(part) for part in first["loc"] if "[" not in str(part) and part not in ("int", "str")]
        where = ".".join([entry, *place]).strip(".") or "top"
        raise BadDelivery(f"{path}, {where}: {_sentence(model, place, first)}", code="bad-side-file") from None


def _sentence(model: type[BaseModel], place: list[str], error: Mapping[str, Any]) -> str:
    if error["type"] == "missing":
        return "it is missing. Add it and load again."
    if error["type"] == "extra_forbidden":
        return f"this name is not known here.{meant(place[-1], _names(model, place[:-1]))}"
    expected = EXPECTED.get(error["type"], "another value").format(**error.get("ctx", {}))
    return f"expected {expected}, got {str(error['input'])[:60]!r}. Correct it and load again."


def _names(model: type[BaseModel], place: Iterable[str]) -> list[str]:
    """Return the names that are known at a place inside a model."""
    for part in place:
        if part in model.model_fields:
            inner = model.model_fields[part].annotation
            inner = next((each for each in (inner, *getattr(inner, "__args__", ())) if _is_model(each)), None)
            model = inner if inner is not None else model
    return list(model.model_fields)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def meant(name: str, known: Iterable[str]) -> str:
    """Say which known name was probably meant, or list them."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    return f" Did you mean {near[0]}?" if near else f" Known are {', '.join(names)}."
