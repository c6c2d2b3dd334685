"""The stream: what a reader asked to see, what it was told last, and what it is told next (service/hub.py)."""
