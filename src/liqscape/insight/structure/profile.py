"""Volume by price (docs/structure.md, eq. 2): where most was traded, the value area around it, and its nodes.

The volume of a bar is spread evenly over the logarithm of price between its low and its high, as nobody says where in a
bar it was traded; a bar of one price gives it all to the band of that price. Bands are those of the map's own grid
(heatmap/grid.py), merged until MAX_BINS hold the window, so that a profile lies on the rows of the heatmap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.grid import band_edge, band_of_price, level_for_rows
from liqscape.insight.structure.bars import PriceBars
from liqscape.units import Float64Array

MAX_BINS = 200
VALUE_SHARE = 0.70
MIN_PROMINENCE = 0.15
"""Of the largest bin: a bump that stands out less is no node."""


@dataclass(frozen=True, kw_only=True)
class VolumeNode:
    """A price where more was traded than around it, USD: middle of its peak, and its span at half of its prominence.

    size  coins in the bins of the span; prominence_share: how far it stands out, of the largest bin.
    """

    price: float
    price_low: float
    price_high: float
    size: float
    prominence_share: float


@dataclass(frozen=True, kw_only=True)
class VolumeProfile:
    """K bins of coins traded between start_ms and end_ms. edges (K + 1,) USD, size (K,) coins.

    poc  bin of the point of control, the largest; value_area [first, last] bins that hold VALUE_SHARE of all.
    """

    start_ms: int
    end_ms: int
    edges: Float64Array
    size: Float64Array
    poc: int
    value_area: tuple[int, int]
    nodes: tuple[VolumeNode, ...]

    def middle(self, place: int) -> float:
        """Geometric middle of a bin, USD."""
        return float(np.sqrt(self.edges[place] * self.edges[place + 1]))

    @property
    def value_share(self) -> float:
        """What the value area really holds."""
        first, last = self.value_area
        return float(self.size[first : last + 1].sum() / self.size.sum())


def build_profile(bars: PriceBars) -> VolumeProfile | None:
    """Profile of all bars given; None without volume, or where nothing was traded."""
    if bars.volume is None or not len(bars) or not float(bars.volume.sum()) > 0.0:
        return None
    lowest, highest = float(bars.low.min()), float(bars.high.max())
    level = level_for_rows(lowest, highest, MAX_BINS)
    ends = np.right_shift(band_of_price(np.array([lowest, highest])), level)
    edges = band_edge(np.arange(ends[0], ends[1] + 2), level)
    size = spread_volume(bars.low, bars.high, bars.volume, edges)
    poc = point_of_control(size)
    return VolumeProfile(
        start_ms=int(bars.start_ms[0]),
        end_ms=int(bars.end_ms[-1]),
        edges=edges,
        size=size,
        poc=poc,
        value_area=value_area(size, poc),
        nodes=find_nodes(size, edges),
    )


def spread_volume(low: Float64Array, high: Float64Array, volume: Float64Array, edges: Float64Array) -> Float64Array:
    """(K,) volume of each bin [edge, next edge): that of bars (N,) spread evenly over log price."""
    bottom, top, at = np.log(low)[:, None], np.log(high)[:, None], np.log(edges)[None, :]
    width = top - bottom
    with np.errstate(invalid="ignore", divide="ignore"):
        below = np.where(width > 0.0, np.clip((at - bottom) / width, 0.0, 1.0), edges[None, :] > low[:, None])
    below[:, -1] = 1.0  # whatever the logarithm rounds, nothing is lost at the ends
    below[:, 0] = 0.0
    size: Float64Array = np.diff(volume @ below)
    return np.maximum(size, 0.0)


def point_of_control(size: Float64Array) -> int:
    """The largest bin; of equal ones that nearest to the middle of all volume, then the lower one."""
    largest = np.flatnonzero(size == size.max())
    middle = float(np.average(np.arange(len(size)), weights=size))
    return int(largest[np.argmin(np.abs(largest - middle))])


def value_area(size: Float64Array, poc: int, share: float = VALUE_SHARE) -> tuple[int, int]:
    """[first, last] bins around the point of control with at least `share` of all: bin by bin the larger neighbour is
    taken in, both where they are equal."""
    wanted = share * float(size.sum()) * (1.0 - 1e-12)  # a sum taken in another order may miss by an ulp
    first = last = poc
    held = float(size[poc])
    while held < wanted:
        below = float(size[first - 1]) if first > 0 else -1.0
        above = float(size[last + 1]) if last + 1 < len(size) else -1.0
        if below < 0.0 and above < 0.0:
            break
        if below >= above:
            first, held = first - 1, held + below
        if above >= below:
            last, held = last + 1, held + above
    return first, last


def find_nodes(size: Float64Array, edges: Float64Array) -> tuple[VolumeNode, ...]:
    """Peaks of the bins that stand out by MIN_PROMINENCE of the largest, by price.

    `scipy.signal.find_peaks` never marks a peak in the first or last bin and rounds the middle of a flat top down: so a
    bin of nothing is put on either end, and flat tops are placed by both of their ends.
    """
    from scipy.signal import find_peaks

    largest = float(size.max())
    padded = np.concatenate(([0.0], size, [0.0]))
    _, found = find_peaks(padded, prominence=MIN_PROMINENCE * largest, width=0.0, rel_height=0.5, plateau_size=1)
    grid = np.log(edges)
    places = np.arange(len(edges))

    def price_at(place: Float64Array) -> Float64Array:
        """Of places counted in bins from the first edge."""
        return np.exp(np.interp(place, places, grid))

    middle = price_at((found["left_edges"] + found["right_edges"]) / 2.0 - 0.5)
    # A peak's ends are counted between middles of bins, and the padding moved them by one.
    low, high = price_at(found["left_ips"] - 0.5), price_at(found["right_ips"] - 0.5)
    return tuple(
        VolumeNode(
            price=float(middle[row]),
            price_low=float(min(low[row], middle[row])),
            price_high=float(max(high[row], middle[row])),
            size=_size_between(size, found["left_ips"][row] - 0.5, found["right_ips"][row] - 0.5),
            prominence_share=float(found["prominences"][row]) / largest,
        )
        for row in range(len(middle))
    )


def _size_between(size: Float64Array, first: float, last: float) -> float:
    """Coins between two places counted in bins, parts of bins by their share."""
    upto = np.concatenate(([0.0], np.cumsum(size)))
    ends = np.interp([first, last], np.arange(len(upto)), upto)
    return float(ends[1] - ends[0])
