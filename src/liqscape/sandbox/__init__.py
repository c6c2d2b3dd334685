"""A living local exchange: the engine, traders, and the real exchange's own wire protocol (docs/sandbox.md).

Everything it says is SIMULATED.
"""
