"""The ground floor: what is known, who may see it, and that it was seen."""
