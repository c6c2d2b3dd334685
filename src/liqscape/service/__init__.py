"""One owner of state: source -> ledger -> solve -> bands -> frame -> history and push; views answer questions."""
