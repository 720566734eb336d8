"""The environment, read once and typed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from graph.errors import BadInput


class Settings(BaseSettings):
    """Settings from `KRYDSFELT_*`.

    Attributes
    ----------
    home : Path
        The home folder; the user's data directory unless given.
    graph : {"embedded", "neo4j"}
        The engine that serves. `KRYDSFELT_NEO4J_URI` names a server that is already there (`graph.neo4j_server`).
    """

    model_config = SettingsConfigDict(env_prefix="KRYDSFELT_", extra="ignore")

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("krydsfelt")))
    graph: Literal["embedded", "neo4j"] = "embedded"


def settings(home: Path | None = None) -> Settings:
    """Read the settings; a home that is given goes before the environment.

    Raises
    ------
    BadInput
        A variable holds what it cannot.
    """
    try:
        return Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        first = error.errors()[0]
        name = "KRYDSFELT_" + str(first["loc"][0]).upper()
        said = first["msg"].removeprefix("Input should be ")
        raise BadInput(
            f"{name} is {first['input']!r}; it should be {said}. Correct it, or unset it.", code="bad-setting"
        ) from None
