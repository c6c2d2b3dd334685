"""`liqscape serve`: the map of a recording, or of stored history, in the browser."""

from __future__ import annotations

from pathlib import Path

from liqscape.cli.serving import DEFAULT_HOST, DEFAULT_PORT
from liqscape.errors import SettingsError


def serve(
    *,
    recording: Path | None = None,
    candles: Path | None = None,
    data: Path | None = None,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
) -> None:
    """Serve the map of a recording or of stored history at a loopback address.

    A recording is turned into stored history first; that is kept and used again while the files are the same.

    Parameters
    ----------
    recording
        Folder of a recorded market (positions.parquet, markets.parquet).
    candles
        Parquet file of another venue's candles to draw the price path with; found by itself in a folder
        `multivenue` beside the recording.
    data
        Folder of stored history: where the recording is kept (a folder in the user's cache by default), or,
        without --recording, the history to serve.
    host
        Address to listen on. This version serves 127.0.0.1 only.
    port
        Port to listen on; 0 picks a free one.
    """
    from liqscape.cli.serving import check_listen, progress_to, serve_map

    if recording is None and data is None:
        raise SettingsError(
            "live sources are not in this version: give --recording DIR (a recorded market) or "
            "--data DIR (stored history), or run `liqscape demo` for a simulated market"
        )
    address = check_listen(host, port)

    from liqscape.service.hub import Hub
    from liqscape.service.opening import open_recording, open_stored

    if recording is None:
        assert data is not None
        view = open_stored(data, candles)
    else:
        view = open_recording(recording, candles, data, progress_to)
    serve_map(view, Hub(view), address, port)
