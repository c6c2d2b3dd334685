"""Lines of the files a node of the exchange writes under ~/hl/data, one table a file."""
