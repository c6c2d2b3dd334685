"""How often price has gone so far in so long: volatility, excursions, their calibration and its record (docs/odds.md).

No direction and no fuel: nothing here knows the map.
"""
