"""The scorecard: what the map said each hour against what happened within 1, 4 and 24 hours (docs/score.md)."""
