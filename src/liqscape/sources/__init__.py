"""Where events come from: recordings and the generated market. Each source yields the same events."""
