"""Answers of POST /info, one request a file."""
