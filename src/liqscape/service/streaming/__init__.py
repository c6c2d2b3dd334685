"""The stream: what a reader asked to see, what it got last, and what it gets next (service/hub.py)."""
