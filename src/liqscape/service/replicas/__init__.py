"""One collector and any number of read replicas over NATS (docs/scale.md, "More than one machine").

A replica makes the same frames from the same accounts and reads the same files, so the questions are the same code.
"""
