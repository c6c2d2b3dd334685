"""An own node of the exchange as a source: the files it writes to records as they grow, and records to events.

`tail` and `states` read files and make records; `decode` and `state_events` make events of records and read nothing,
so that a raw log replays to the same events (docs/node.md).
"""

from liqscape.sources.node.decode import NodeDecoder
from liqscape.sources.node.state_events import map_state
from liqscape.sources.node.states import StateWatch
from liqscape.sources.node.tail import NodeTail

__all__ = ["NodeDecoder", "NodeTail", "StateWatch", "map_state"]
