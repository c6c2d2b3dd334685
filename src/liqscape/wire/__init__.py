"""Hyperliquid bytes to records and back. Sans-IO; venue abbreviations end here."""
