"""A made-up Denmark: people, places and cases that never were, with a known truth."""

from ingest.scenario.size import SIZES, WorldSize
from ingest.scenario.world import WorldSummary, make_world, make_world_of

__all__ = ["SIZES", "WorldSize", "WorldSummary", "make_world", "make_world_of"]
