"""What the map answers: one file per group of questions, each a record and the function that fills it.

The records are the HTTP answers, the push messages and the `--json` output alike. Unknown is null, never 0.
"""
