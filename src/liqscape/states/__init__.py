"""Account states to margin pools: which positions share collateral, which is their free margin, which tables hold.

`wire` says what the exchange sent; here it is decided what that means for a pool: the claim its published prices meet
(pool_settlement.py), the margin tables in force at a time (builtin_tables.py), who is a child of HLP (child_trait.py).
"""
