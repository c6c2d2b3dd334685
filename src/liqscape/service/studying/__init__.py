"""Studies at work: beside a live map, of stored history on request, on several processes or machines."""
