"""All value types under one name, for readers and loaders that need several."""

from __future__ import annotations

from graph.grade import SCHEMES, Grade, cross_walk, parse_grade, strength
from graph.identifiers import CprSpan, cpr_like, normal_phone, normal_plate
from graph.interval import (
    NO_BEGINNING,
    NO_END,
    TIMELESS,
    Interval,
    certain_overlap,
    day_number,
    format_bounds,
    format_danish_date,
    format_day,
    parse_danish_date,
    parse_interval,
    possible_overlap,
    to_date,
)
from graph.text import clean_text, fold, refuse_formula

__all__ = [
    "NO_BEGINNING",
    "NO_END",
    "SCHEMES",
    "TIMELESS",
    "CprSpan",
    "Grade",
    "Interval",
    "certain_overlap",
    "clean_text",
    "cpr_like",
    "cross_walk",
    "day_number",
    "fold",
    "format_bounds",
    "format_danish_date",
    "format_day",
    "normal_phone",
    "normal_plate",
    "parse_danish_date",
    "parse_grade",
    "parse_interval",
    "possible_overlap",
    "refuse_formula",
    "strength",
    "to_date",
]
