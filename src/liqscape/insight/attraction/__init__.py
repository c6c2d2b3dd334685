"""A hypothesis under test: does price go towards the side with more levels? (docs/attraction.md)"""

from liqscape.insight.attraction.records import (
    Attraction,
    AttractionCheck,
    AttractionCondition,
    AttractionDose,
    AttractionEffect,
    AttractionForecast,
    AttractionLeftOut,
    AttractionPower,
)
from liqscape.insight.attraction.trials import DISTANCES, AttractionInput, trial_columns
from liqscape.insight.attraction.verdict import verdict

__all__ = [
    "DISTANCES",
    "Attraction",
    "AttractionCheck",
    "AttractionCondition",
    "AttractionDose",
    "AttractionEffect",
    "AttractionForecast",
    "AttractionInput",
    "AttractionLeftOut",
    "AttractionPower",
    "trial_columns",
    "verdict",
]
