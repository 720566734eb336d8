"""Pure functions from projections to findings; proposals."""
