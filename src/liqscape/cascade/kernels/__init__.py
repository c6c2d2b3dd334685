"""Compiled loops of a cascade."""
