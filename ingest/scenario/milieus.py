"""Milieu codes of the made-up world and how often each occurs."""

from __future__ import annotations

CRIME = {
    "C.gang": 28, "C.narcotics": 24, "C.rocker": 10, "C.fraud": 10, "C.weapons": 8, "C.document": 5, "C.violence": 5,
    "C.other": 10,
}  # fmt: skip
EXTREMIST = {"E.isl": 40, "E.rwe": 25, "E.lwe": 9, "E.anti": 9, "E.single": 5, "E.mixed": 5, "E.hybrid": 7}
CRIME_CODES = tuple(CRIME)
EXTREMIST_CODES = tuple(EXTREMIST)
ISLAMIST = EXTREMIST_CODES.index("E.isl")
