"""Why a cluster holds more or fewer coins than a minute before, exact in lots (docs/clusters.md)."""

from liqscape.insight.reasons.causes import Causes
from liqscape.insight.reasons.records import ChangeRow, SpanPair

__all__ = ["Causes", "ChangeRow", "SpanPair"]
