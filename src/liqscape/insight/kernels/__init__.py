"""Compiled loops over positions; imported when first used."""
