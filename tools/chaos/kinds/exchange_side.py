"""What the exchange and the machine themselves do: clocks, listings, crashes, silence, sleep."""

from __future__ import annotations

from dataclasses import replace

from chaos.exchange import HOUR_MS, START_MS, Coin
from chaos.product import Stage
from chaos.trial import LOOK_S, simulated

NEW = Coin(name="WIF", size_decimals=0, price=2.5, tiers=((0.0, 5),))


async def _for(stage: Stage, shortest_s: float, max_s: float) -> None:
    end_s = stage.time.now_s + stage.chance.uniform(shortest_s, max_s)
    while stage.time.now_s < end_s:
        await stage.live(LOOK_S)
        stage.look()


async def clock_off(stage: Stage) -> None:
    """The exchange's clock is a day ahead or behind for moments."""
    stage.exchange.skew_ms = stage.chance.choice((-86_400_000, 86_400_000, 3_600_000, -3_600_000))
    await _for(stage, 2.0, 8.0)
    stage.exchange.skew_ms = 0


async def clock_stands(stage: Stage) -> None:
    """The exchange's clock stands while it trades on."""
    stage.exchange.clock_stands_ms = stage.exchange.now_ms
    await _for(stage, 10.0, 40.0)
    stage.exchange.clock_stands_ms = None


async def quiet(stage: Stage) -> None:
    """Nobody trades."""
    stage.is_trading = False
    await _for(stage, 60.0, 150.0)
    stage.is_trading = True


async def crash(stage: Stage) -> None:
    """All prices fall by up to a third within half a minute, or rise."""
    stage.drift = stage.chance.choice((-1.0, 1.0)) * stage.chance.uniform(0.002, 0.012)
    stage.trades_a_second = 3.5
    await _for(stage, 20.0, 30.0)
    stage.drift, stage.trades_a_second = 0.0, 1.5


async def burst(stage: Stage) -> None:
    """Four prints a second, the most this world makes."""
    stage.trades_a_second = 4.0
    await _for(stage, 20.0, 40.0)
    stage.trades_a_second = 1.5


async def funded(stage: Stage) -> None:
    """An hour is full: everybody pays."""
    hour = stage.exchange.now_ms // HOUR_MS
    while stage.exchange.now_ms // HOUR_MS == hour:
        await stage.live(0.25)
    await _for(stage, 10.0, 20.0)


async def listed(stage: Stage) -> None:
    """A coin is listed, and traded at once."""
    stage.exchange.list_coin(NEW)
    await _for(stage, 10.0, 40.0)


async def delisted(stage: Stage) -> None:
    """A coin is delisted: its holders are settled."""
    stage.exchange.delist(stage.chance.choice(("ETH", "HYPE", "SOL")))
    await _for(stage, 10.0, 40.0)


async def reordered(stage: Stage) -> None:
    """The exchange lists its coins in another order, contexts and metas alike."""
    coins = list(stage.exchange.coins)
    while tuple(coins) == stage.exchange.coins:
        stage.chance.shuffle(coins)
    stage.exchange.coins = tuple(coins)
    await _for(stage, 10.0, 40.0)


async def renamed(stage: Stage) -> None:
    """A coin gives way to another in its place: as many as before."""
    row = stage.chance.randrange(1, 4)
    gone = stage.exchange.coins[row]
    stage.exchange.delist(gone.name)
    stage.exchange.list_coin(NEW)
    coins = [each for each in stage.exchange.coins if each.name not in (gone.name, NEW.name)]
    coins.insert(row, replace(NEW))
    stage.exchange.coins = tuple(coins)
    await _for(stage, 10.0, 40.0)


async def wall_clock_leaps(stage: Stage) -> None:
    """Our machine's clock is set, forward or back."""
    stage.machine.leap_ns += stage.chance.choice((-86_400, -3_600, 3_600, 86_400)) * 10**9
    await _for(stage, 10.0, 40.0)


async def asleep(stage: Stage) -> None:
    """Our machine is suspended; its connections die meanwhile."""
    seconds = stage.chance.uniform(60.0, 3_000.0)
    stage.sleep(seconds)
    stage.network.break_all("reset by peer")
    await _for(stage, 1.0, 2.0)


NOT_FOLLOWED = "who bought a coin in the seconds before its prints were followed is found when it is read again"
SETTLED = "no message tells that a coin is settled: its listing is read every ten minutes, accounts in their turn"

KINDS = (
    simulated("exchange: its clock a day or an hour off for moments", clock_off, said=False),
    simulated("exchange: its clock stands still", clock_stands, said=False),
    simulated("exchange: nobody trades", quiet, said=False),
    simulated("exchange: a crash", crash, said=False),
    simulated("exchange: a burst of prints", burst, said=False),
    simulated("exchange: an hour is full", funded, said=False, start_ms=START_MS - 160_000),
    simulated("exchange: a coin is listed", listed, said=False, why_wrong=NOT_FOLLOWED),
    simulated("exchange: a coin is delisted", delisted, said=False, why_wrong=SETTLED),
    simulated("exchange: coins in another order", reordered, said=False),
    simulated("exchange: a coin gives way to another", renamed, said=False),
    simulated(
        "exchange: states of 500 positions",
        burst,
        said=False,
        users=6,
        coins=tuple(
            Coin(name=f"C{number}", size_decimals=2, price=1.0 + number / 7, tiers=((0.0, 10),))
            for number in range(500)
        ),
        cash=(3e6, 4e6),
    ),
    simulated("machine: its clock is set", wall_clock_leaps, said=False),
    simulated("machine: asleep", asleep),
)
