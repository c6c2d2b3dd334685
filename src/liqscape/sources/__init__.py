"""Where events come from: recordings, tables, archives, a node, the live API. Each source yields the same events."""
