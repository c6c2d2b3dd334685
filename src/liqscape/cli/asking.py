"""Ask a map for one answer: the map of a data folder, or one that is served, over its API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.service.view import MapView

Answer = TypeVar("Answer")
Asked = dict[str, str | int | None]


def ask_map(
    url: str, path: str, token_file: Path | None, kind: type[Answer], *, patience_s: float | None = None
) -> Answer:
    """One answer of the map at `url`. Raises RequestFailed where nothing, or something else, answers there.

    patience_s  of every read; None: that of cheap questions.
    """
    from liqscape.cli.serving import read_token
    from liqscape.feed.url import check_url
    from liqscape.service.asking import PATIENCE_S, MapServer

    token = read_token(token_file)
    return MapServer(check_url("--url", url), token, patience_s or PATIENCE_S).ask(path, kind)


def ask_coin(
    path: str,
    asked: Mapping[str, str | int | float | None],
    kind: type[Answer],
    here: Callable[[MapView], Answer],
    *,
    coin: str,
    data: Path | None,
    url: str | None,
    token_file: Path | None,
    recording: Path | None = None,
    at: str | None = None,
) -> Answer:
    """The answer to a question about a coin.

    path   below /api/v1/coins/COIN/, asked where the map is served; asked: its parameters.
    here   asks the map of the folder.
    recording  a recorded market in place of a folder of history, as at a time `at`, with the candles beside it.
    Raises SettingsError unless exactly one of folder, server and recording is named.
    """
    if recording is not None:
        if data is not None or url is not None:
            raise SettingsError("give one of --recording DIR, --data DIR and --url URL")
        return here(_recorded(recording, at, coin))
    if (data is None) == (url is None):
        raise SettingsError("give either --data DIR (the folder of a map) or --url URL (its server)")
    if url is not None:
        from liqscape.service.asking import of_coin, question_path

        return ask_map(url, question_path(of_coin(coin, path), asked), token_file, kind)
    from liqscape.cli.open_map import open_map

    view, _ = open_map(None, data, None, coin)
    return here(view)


def _recorded(recording: Path, at: str | None, coin: str) -> MapView:
    from liqscape.cli.open_map import open_map
    from liqscape.sources.recording.candles import open_candles

    view, _ = open_map(recording, None, at, coin)
    return view.with_candles(open_candles(None, recording))


def asked_times(start: str | None, end: str | None) -> Asked:
    """Milliseconds of --start and --end. Raises SettingsError."""
    from liqscape.service.asked_time import parse_time

    return {
        "start_ms": None if start is None else parse_time("--start", start),
        "end_ms": None if end is None else parse_time("--end", end),
    }
