"""A heatmap under its candles as one figure (extra `plot`): Altair, because it draws PNG without a browser.

Colours are the page's colour-blind safe table (frontend/src/primitives/heatmap/palette.ts) and its scale: the top
colour at the 99 % quantile of the cells that hold something, logarithmic from below the median.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from liqscape.errors import QuestionError, SettingsError
from liqscape.spelling import did_you_mean, shown

if TYPE_CHECKING:
    import altair
    import polars

    from liqscape.library.results import Heatmap

SAFE = {
    "dark": ("#2a416d", "#344f7e", "#3f5d90", "#597092", "#738292", "#9a9b80", "#c2b265", "#e2d26b", "#fff271"),
    "light": ("#e2cf6e", "#d4be5d", "#c6ad4c", "#a3985d", "#818367", "#5c6d77", "#385681", "#213d6d", "#0a2559"),
}
"""Blue to yellow through grey, the one axis that the common colour blindnesses keep; at eighths of the scale."""
GROUNDS = {"dark": ("#0a0e13", "#94a3b3", "#16202a"), "light": ("#fbfcfd", "#55626f", "#e8ecf0")}
"""Background, text, lines."""
CANDLES = {"dark": ("#f4f7fa", "#0a0e13", "#dbe3ea"), "light": ("#ffffff", "#1b2530", "#1b2530")}
"""Rising, falling, outline: black and white, so that they stand on any colour of the map."""
WIDTH, HEIGHT = 900, 460
OVERLAP = 0.05
"""Of a cell: so much is drawn beneath its neighbours, or seams would show between them."""
SIMULATED = "SIMULATED"


def draw(window: Heatmap, candles: polars.DataFrame, theme: str = "dark") -> altair.LayerChart:
    """The figure. Raises SettingsError without the extra, QuestionError for a theme that is none."""
    if theme not in SAFE:
        raise QuestionError(f"unknown theme {shown(str(theme))}; {did_you_mean(str(theme), SAFE, 'dark or light')}")
    try:
        import altair as alt
    except ImportError:
        raise SettingsError("a figure needs the extra plot: pip install 'liqscape[plot]'") from None
    ground, text, line = GROUNDS[theme]
    rising, falling, outline = CANDLES[theme]
    prices = alt.Scale(type="log", domain=[float(window.price[0]), float(window.price[-1])], nice=False)
    span = [_ms(window.time[0]), _ms(window.time[-1]) + window.step_ms]
    times = alt.Scale(type="utc", domain=span, nice=False)
    x = alt.X("time:T", scale=times, title="UTC", axis=alt.Axis(grid=False))
    heat = (
        alt.Chart(_inline(alt, _cells(window)))
        .mark_rect(strokeWidth=0)
        .encode(
            x=x,
            x2="end:T",
            y=alt.Y("low:Q", scale=prices, title=f"{window.coin}, USD", axis=alt.Axis(grid=False, tickCount=8)),
            y2="top:Q",
            color=alt.Color("usd:Q", scale=_colours(alt, window, theme), title="USD liquidated"),
            tooltip=[
                alt.Tooltip("as_of:T", title="as of", format="%Y-%m-%d %H:%M"),
                alt.Tooltip("low:Q", title="from", format=",.6~g"),
                alt.Tooltip("high:Q", title="to", format=",.6~g"),
                alt.Tooltip("long:Q", title="longs, USD", format=",.0f"),
                alt.Tooltip("short:Q", title="shorts, USD", format=",.0f"),
            ],
        )
    )
    drawn = alt.Chart(_inline(alt, _bodies(candles, span))).encode(x=alt.X("time:T", scale=times))
    wicks = drawn.mark_rule(color=outline, clip=True).encode(y=alt.Y("low:Q", scale=prices), y2="high:Q")
    bodies = drawn.mark_bar(stroke=outline, strokeWidth=0.6, clip=True, size=_body(candles, span)).encode(
        y=alt.Y("open:Q", scale=prices),
        y2="close:Q",
        color=alt.condition("datum.close >= datum.open", alt.value(rising), alt.value(falling)),
    )
    about = window.about
    source = f"{about.provenance_kind} {about.provenance_name}, as of {about.as_of:%Y-%m-%d %H:%M} UTC"
    title = alt.TitleParams(
        f"{window.coin}: what would be liquidated where{f' ({SIMULATED})' if about.is_simulated else ''}",
        subtitle=f"{source}; USD at {'the mark' if window.value == 'mark' else 'the level'}, longs and shorts together",
        anchor="start",
        color=text,
        subtitleColor=text,
    )
    chart = alt.layer(heat, wicks, bodies).properties(width=WIDTH, height=HEIGHT, title=title, background=ground)
    axes = {"labelColor": text, "titleColor": text, "domainColor": line, "tickColor": line}
    figure: altair.LayerChart = (
        chart.configure_view(fill=ground, stroke=line)
        .configure_axis(**axes)
        .configure_legend(labelColor=text, titleColor=text)
    )
    return figure


def _cells(window: Heatmap) -> polars.DataFrame:
    """Cells that hold something; times as milliseconds."""
    cells = window.frame()
    start, as_of = cells["time"].dt.epoch("ms"), cells["as_of"].dt.epoch("ms")
    columns = (
        start.alias("time"),
        (start + window.step_ms + round(OVERLAP * window.step_ms)).alias("end"),
        as_of.alias("as_of"),
        *(cells[name].alias(short) for name, short in (("price_low", "low"), ("price_high", "high"))),
        (cells["price_high"] + OVERLAP * (cells["price_high"] - cells["price_low"])).alias("top"),
        (cells["long_notional"] + cells["short_notional"]).alias("usd"),
        *(cells[f"{side}_notional"].alias(side) for side in ("long", "short")),
    )
    return cells.select(columns)


def _bodies(candles: polars.DataFrame, span: list[int]) -> polars.DataFrame:
    """Candles within the window, at their middle."""
    times = candles["time"].dt.epoch("ms")
    middles = (times + _interval(candles) // 2).alias("time")
    return candles.select(middles, "open", "high", "low", "close").filter((times >= span[0]) & (times < span[1]))


def _inline(alt: Any, table: polars.DataFrame) -> Any:
    """A table as text inside the figure: rows as objects are checked one by one, which takes a minute."""
    parse = dict.fromkeys(table.columns, "number")
    return alt.InlineData(table.write_csv(), format=alt.CsvDataFormat(type="csv", parse=parse))


def _interval(candles: polars.DataFrame) -> int:
    """Time between candles, ms; gaps are longer."""
    times = np.diff(candles["time"].dt.epoch("ms").to_numpy())
    return int(times.min()) if len(times) else 60_000


def _body(candles: polars.DataFrame, span: list[int]) -> float:
    """Width of a candle, pixels."""
    return max(1.0, 0.7 * WIDTH * _interval(candles) / max(span[1] - span[0], 1))


def _colours(alt: Any, window: Heatmap, theme: str) -> Any:
    total = np.nan_to_num(window.long_notional) + np.nan_to_num(window.short_notional)
    held = np.sort(total[total > 0.0]).astype(np.float64)
    high = float(held[min(int(0.99 * len(held)), len(held) - 1)]) if len(held) else 1.0
    median = float(held[len(held) // 2]) if len(held) else high
    low = min(max(median / 4.0, high / 1e5), high / 3.0)
    stops = len(SAFE[theme]) - 1
    domain = [low * (high / low) ** (stop / stops) for stop in range(stops + 1)]
    return alt.Scale(type="log", domain=domain, range=list(SAFE[theme]), clamp=True)


def _ms(time: np.datetime64) -> int:
    return int(time.astype(np.int64))
