"""A market in which nobody trades for minutes puts nobody in doubt, be it that only pings are answered."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from chaos.product import Stage, run_stage
from chaos.way import Late, Way

WARM_UP_S, QUIET_S, LOOK_S = 60.0, 150.0, 0.5


class Halted(Way):
    """The exchange has nothing to say: no contexts, no prints, no states. It answers pings and questions."""

    def to_client(self, channel: str, text: bytes) -> Late:
        return super().to_client(channel, text) if channel in ("pong", "subscriptionResponse") else []


@pytest.mark.parametrize(("way", "state"), [(Way, "live"), (Halted, "stale")], ids=["quiet", "halted"])
def test_nobody_comes_into_doubt_while_nobody_trades(tmp_path: Path, way: type[Way], state: str) -> None:
    stage = Stage(11, tmp_path / "data")
    in_doubt: list[int] = []

    async def play() -> None:
        await stage.live(WARM_UP_S)
        assert stage.figures().state == "live"
        stage.is_trading = False
        await stage.live(LOOK_S)
        stage.network.way = way(random.Random(1))
        for _ in range(round(QUIET_S / LOOK_S)):
            await stage.live(LOOK_S)
            in_doubt.append(stage.figures().ledger.unsure)
        assert stage.figures().state == state

    run_stage(stage, play)
    assert len(in_doubt) == QUIET_S / LOOK_S
    assert set(in_doubt) == {0}
