"""Judgements of what a server said: each takes what was seen and gives checks; no I/O."""
