"""Nobody learns what they may not: two worlds that agree on all that an actor may see must answer alike."""
