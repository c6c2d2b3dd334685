"""Scores of stored history: made day by day on any executor, kept beside it, asked by every door (docs/score.md)."""
