"""The environment, read once and typed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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
