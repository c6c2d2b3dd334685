"""A hypothesis under test: does price go towards the side with more levels? (docs/attraction.md)

Nothing is imported here: the records are asked for by a served map, which does not wait for compiled code.
"""
