"""perpDexs: the dexs by index; null is the first one."""

from __future__ import annotations

import hashlib

from liqscape.sandbox.answers.contexts import dexs, markets_of
from liqscape.sandbox.answers.dex_facts import COIN_CAP
from liqscape.sandbox.answers.handlers import answers
from liqscape.sandbox.answers.question import Question
from liqscape.sandbox.facts.coin_facts import FEE_SCALE_CHANGED
from liqscape.sandbox.state import SandboxState
from liqscape.wire.info.perp_dexs import PerpDex, PerpDexsRequest

DUTIES = ("registerAsset", "setOracle", "haltTrading", "setFeeRecipient")


@answers(PerpDexsRequest)
def answer(question: Question[PerpDexsRequest]) -> list[PerpDex | None]:
    others = dexs(question.sandbox.exchange)[1:]
    return [None, *(build_dex(question.sandbox, name) for name in others)]


def build_dex(sandbox: SandboxState, name: str) -> PerpDex:
    """One dex. Caps and multipliers are reported, not enforced."""
    coins = [sandbox.exchange.markets.coins[row] for row in markets_of(sandbox.exchange, name)]
    deployer = "0x" + hashlib.blake2b(name.encode(), digest_size=20, person=b"deployer").hexdigest()
    return PerpDex(
        name=name,
        fullName=sandbox.facts.dexs.get(name, name),
        deployer=deployer,
        oracleUpdater=deployer,
        feeRecipient=deployer,
        assetToStreamingOiCap=tuple((coin, COIN_CAP) for coin in coins),
        subDeployers=tuple((duty, (deployer,)) for duty in DUTIES),
        deployerFeeScale=1.0,
        lastDeployerFeeScaleChangeTime=FEE_SCALE_CHANGED,
        assetToFundingMultiplier=tuple((coin, 1.0) for coin in coins),
        assetToFundingInterestRate=(),
    )
