"""The HTTP API, the push stream and the page."""
