"""Auto-deleveraging (docs/deleveraging.md): who stands where in the queue of winners, and what a cluster would cost."""

from liqscape.insight.deleveraging.one_sided import coins_to_there
from liqscape.insight.deleveraging.queues import (
    DEFAULT_SCORE,
    AccountPlaces,
    DeleveragingQueues,
    QueuePlace,
    ScorePlace,
)

__all__ = ["DEFAULT_SCORE", "AccountPlaces", "DeleveragingQueues", "QueuePlace", "ScorePlace", "coins_to_there"]
