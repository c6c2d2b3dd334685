"""The dex of a coin, which its name carries: "xyz:TSLA" trades on xyz, "BTC" on the first-party dex, named ""."""


def dex_of(coin: str) -> str:
    """Name of the dex."""
    dex, mark, _ = coin.partition(":")
    return dex if mark else ""
