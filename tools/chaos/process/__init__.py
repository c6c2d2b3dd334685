"""Real processes: an exchange, a proxy between, and the product, watched from within, for kinds that need them."""
