"""Addresses of the exchange's own, which are not liquidated in practice (docs/heatmap.md).

The list is what the documentation and vaultDetails named in 2026; a live map reads the children of HLP again.
"""

from __future__ import annotations

HLP = "0xdfc24b077bc1425ad1dea75bcb6f8158e10df303"
PORTFOLIO_BACKSTOP = "0x" + "b" * 40

HLP_LIQUIDATORS = frozenset(
    (
        "0x2e3d94f0562703b25c83308a05046ddaf9a8dd14",  # HLP Liquidator 1 to 4
        "0xb0a55f13d22f66e6d495ac98113841b2326e9540",
        "0x5e177e5e39c0f4e421f5865a6d8beed8d921cb70",
        "0x2ed5c4484ea3ff8b57d5f2fb152a40d9f2b68308",
        "0x63c621a33714ec48660e32f2374895c8026a3a00",  # an older liquidator
    )
)
"""Vaults that take over the accounts of the first dex at the backstop."""

EXEMPT_ADDRESSES = HLP_LIQUIDATORS | frozenset(
    (
        HLP,
        "0x010461c14e146ac35fe42271bdc1134ee31c703a",  # HLP Strategy A
        "0x31ca8395cf837de08b24da3f660e77761dfb974b",  # HLP Strategy B
        "0x469f690213c467c39a23efacfd2816896009d7d8",  # HLP Strategy X
        PORTFOLIO_BACKSTOP,
    )
)
"""HLP, its children and the backstop of portfolio margin."""

FIRST_BACKSTOP = 0x4 << 156
MAX_DEXS = 1_000


def backstop_of_dex(index: int) -> str:
    """Liquidator of a builder-deployed dex: 0x4000...0 plus its index."""
    return f"0x{FIRST_BACKSTOP + index:040x}"


BACKSTOPS = frozenset(backstop_of_dex(index) for index in range(1, MAX_DEXS))
