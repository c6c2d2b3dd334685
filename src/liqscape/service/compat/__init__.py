"""Answers of this map in the shapes of other services, so that their clients need another address and nothing else."""
