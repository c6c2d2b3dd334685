"""Reading trigger orders within a share of the request weight: whom to ask next (planner), asking (reader)."""

from liqscape.feed.trigger_reads.planner import TriggerPlanner, TriggerQuestion
from liqscape.feed.trigger_reads.reader import TriggerReader, TriggerReadFigures

__all__ = ["TriggerPlanner", "TriggerQuestion", "TriggerReadFigures", "TriggerReader"]
