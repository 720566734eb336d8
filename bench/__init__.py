"""Measurements side by side with what a user would pick instead, in one run; `krydsfelt bench` runs them."""
