"""The map at the size of the whole exchange, one file a part: `measure(settings)` gives rows of the table.

`python benchmarks/real_size.py` runs the parts, each in a process of its own, this build and the one before in turns.
A part runs under both builds, so it uses of liqscape what both have, and looks for the rest.

    parts.py      which parts there are
    record.py     Settings and Row
    child.py      runs one part in this process
    turns.py      runs parts as processes, within bounds of time, memory and disk
    table.py      rows of both builds side by side
    world.py      300,000 accounts through time, as events
"""
