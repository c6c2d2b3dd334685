"""Where events come from: recordings, later the live API, a node and archives. Each source yields the same events."""
