"""Every route and every command that answers data is walked: a new one cannot be forgotten."""

from __future__ import annotations

from pathlib import Path

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.app import create_app
from api.settings import Settings
from graph.home import Home
from tests.trust import paths


def test_every_parameter_and_body_of_every_route_can_be_drawn() -> None:
    unknown = [
        f"{operation.method} {operation.path}: {parameter['name']}"
        for operation in paths.operations()
        for parameter in paths.parameters_of(operation)
        if (operation.method, operation.path) not in paths.SKIPPED
        and parameter["name"] not in paths.PARAMETERS
        and not paths.has_own_values(parameter.get("schema", {}))
    ]
    unknown += [
        f"{operation.method} {operation.path}: body {operation.body}"
        for operation in paths.operations()
        if (operation.method, operation.path) not in paths.SKIPPED
        and operation.body not in (None, "bytes")
        and operation.body not in paths.BODIES
    ]
    assert unknown == [], "give each of these a way to be drawn in tests/trust/paths.py"


def test_every_option_of_every_command_can_be_drawn() -> None:
    commands = paths.commands()
    unknown = [
        f"{name}: {parameter.name}"
        for name, parameters in commands.items()
        if name not in paths.NOT_READ
        for parameter in parameters
        if parameter.name not in paths.OPTIONS
    ]
    assert unknown == [], "give each of these a way to be drawn in tests/trust/paths.py, or say why it answers no data"


def test_no_route_stands_outside_the_description(tmp_path: Path) -> None:
    home = Home.init(tmp_path / "H")
    app = create_app(home, Settings(home=home.path))
    described = {operation.path for operation in paths.operations()}
    found: set[str] = set()

    def walk(routes: list[BaseRoute], prefix: str = "") -> None:
        for route in routes:
            inner = getattr(route, "original_router", None) or getattr(route, "router", None)
            if inner is not None:
                walk(inner.routes, prefix)
            elif isinstance(route, APIRoute) and route.include_in_schema:
                assert route.path in described, route.path
                found.add(route.path)
            else:
                found.add(str(getattr(route, "path", route)))

    walk(app.routes)
    assert described <= found
    assert found - described <= set(paths.UNSCHEDULED)
