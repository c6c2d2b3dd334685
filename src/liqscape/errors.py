"""Every failure liqscape raises, as one tree (docs/architecture.md, "Errors").

A message says what failed, where, the value and the limit ("size decimals 7, market BTC allows 5").
`context` carries ids for logs and never a secret. The command line turns any of these into one line and
exit code 2; batch maths does not raise for data, it returns a status per row.
"""

from __future__ import annotations


class LiqscapeError(Exception):
    """Root of the tree."""

    def __init__(self, message: str, **context: object) -> None:
        super().__init__(message)
        self.context = context


class SettingsError(LiqscapeError):
    """A bad option, found before anything starts."""


class WireError(LiqscapeError):
    """Bytes of the venue could not be read or built."""


class LocalWireError(WireError):
    """We built a bad request: a bug of ours."""


class RemoteWireError(WireError):
    """The venue (or a recording of it) sent what we cannot read."""


class FeedError(LiqscapeError):
    """A server could not be asked, or did not answer as it should."""


class RequestFailed(FeedError):
    """No usable answer: names address, status and cause."""


class RateLimited(FeedError):
    """The server asks us to wait longer than we are willing to."""


class InputError(LiqscapeError):
    """A file the user gave cannot be used; names file, row, field, value and rule."""


class StoreError(LiqscapeError):
    """Stored history cannot be written or read."""


class HistoryReplaced(StoreError):
    """What is stored in a folder is another history now than the one that was opened."""


class SchemaMismatch(StoreError):
    """A stored file has another schema version or lacks a column."""


class CorruptSegment(StoreError):
    """A stored file is truncated or damaged."""


class ModelError(LiqscapeError):
    """Misuse of the maths: shapes that do not fit, a market that is not there."""


class QuestionError(LiqscapeError):
    """A question about the map that cannot be answered as asked: a bad range, a bad address."""


class NotFound(QuestionError):
    """The question is well formed, but what it names is not in this map: a coin, an address, a time."""


class FrameGone(QuestionError):
    """The next page of a list was asked for, but the frame it is of is not held any more."""


class Busy(LiqscapeError):
    """More is asked at once than there is room for; the same question later is answered."""


class KernelsMissing(Busy):
    """What the answer needs is being compiled; the same question later is answered. Of how many functions how many are
    there, as far as is known."""

    def __init__(self, compiled: int, needed: int) -> None:
        share = f", {compiled} of {needed}" if needed else ""
        super().__init__(f"kernels are being compiled, once for this machine and version{share}; ask again soon")
        self.compiled, self.needed = compiled, needed
