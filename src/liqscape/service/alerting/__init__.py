"""Alerts: destinations, the outbox they wait in, and their delivery."""
