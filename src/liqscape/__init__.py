"""liqscape: the exact, self-hosted liquidation map of the Hyperliquid perpetuals exchange."""

__version__ = "0.1.0"
