"""Margin and liquidation maths over whole markets at once: positions plus a frozen snapshot give a result. Pure."""
