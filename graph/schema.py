"""The version of a ledger's schema: read it, bring it forward, refuse a newer one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from graph.errors import NewerHome

HEAD = "0003"
KNOWN = ("0001", "0002", "0003")
"""Every step there is, oldest first."""


def current(connection: Connection) -> str | None:
    """Return the step the ledger stands at, None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def refuse_newer(version: str | None) -> None:
    """Raise `NewerHome` when the step is not one of ours."""
    if version is not None and version not in KNOWN:
        raise NewerHome(
            f"The ledger was written by a newer version (schema {version}; this one knows up to {HEAD}). "
            "Use the newer version of krydsfelt."
        )


def upgrade(connection: Connection) -> None:
    """Apply the steps that are missing, inside the connection's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
