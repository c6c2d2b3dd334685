"""The job of the product, levels of all positions and bands of all coins, against memory, NumPy and the twin."""

from __future__ import annotations

import time
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy_reference
from figures import Section
from population import Population, make_population
from reference import Holding, liquidation_price
from timing import copy_job, faults_per_call, interleaved, peak_megabytes

from liqscape.heatmap.bands import Bands
from liqscape.heatmap.build import build_bands
from liqscape.heatmap.plan import BandPlan, plan_bands
from liqscape.heatmap.workspace import BandWorkspace
from liqscape.model import Accounts, MarketSnapshot
from liqscape.risk.liquidation import solve_roots
from liqscape.units import Float64Array

ROUNDS = 60
SIZES = (1_000, 100_000, 300_000)
TWIN_POOLS = 300


class Job(NamedTuple):
    """A population with what is kept between two runs."""

    population: Population
    plan: BandPlan
    workspace: BandWorkspace
    root: Float64Array
    standing: object | None
    """StandingBands, in builds that have them."""

    def solve(self) -> Float64Array:
        return solve_roots(*self.population, out=self.workspace.root(len(self.root)))

    def band(self) -> Bands:
        return build_bands(*self.population[:2], self.root, self.plan, self.workspace)[0]

    def both(self) -> Bands:
        return build_bands(*self.population[:2], self.solve(), self.plan, self.workspace)[0]

    def at_new_marks(self) -> Bands:
        """The whole job where the accounts stand still; a build that keeps nothing of them does it from nothing."""
        if self.standing is None:
            return self.both()
        bands: Bands = self.standing.at(self.population.snapshot)[0]  # type: ignore[attr-defined]
        return bands


def make_job(population: Population) -> Job:
    """Plan and first solve."""
    accounts, snapshot, _ = population
    plan = _plan(accounts, snapshot)
    return Job(population, plan, BandWorkspace(), solve_roots(*population), _standing(population, plan))


def _plan(accounts: Accounts, snapshot: MarketSnapshot) -> BandPlan:
    try:
        return plan_bands(accounts, snapshot.markets)
    except TypeError:  # older builds count in coins
        return plan_bands(accounts, len(snapshot.markets))  # type: ignore[arg-type]


def _standing(population: Population, plan: BandPlan) -> object | None:
    try:
        from liqscape.heatmap.standing_bands import StandingBands
    except ImportError:
        return None
    return StandingBands(*population, plan)


def touched_bytes(job: Job, rows: int) -> int:
    """Bytes the job has to read and write at least once, each array counted once a pass over it."""
    accounts = job.population.accounts
    read = (
        accounts.offsets,
        accounts.raw_usd,
        accounts.pool_of_position(),
        accounts.is_lone,
        accounts.market_index,
        accounts.size,
        accounts.table_row,
    )
    place = job.plan.place if hasattr(job.plan, "place") else job.plan.order  # as older builds call it
    lots = job.plan.lots if hasattr(job.plan, "lots") else job.plan.size
    banding = (place, lots, job.plan.layer, job.root)
    row_bytes = 4 + 4 + 1 + 1 + 8 + 8 + 8 + 4
    return int(sum(array.nbytes for array in (*read, *banding)) + job.root.nbytes + rows * row_bytes)


def check_equal(job: Job) -> None:
    """The kernels and the NumPy reference give the same roots and the same bands. Raises AssertionError if not."""
    accounts, snapshot, tables = job.population
    prepared = numpy_reference.prepare(accounts, tables)
    root = numpy_reference.solve_roots(prepared, snapshot)
    np.testing.assert_allclose(root, job.root, rtol=1e-9, atol=1e-12 * float(np.nanmax(np.abs(job.root))))
    expected = numpy_reference.build_bands(prepared, snapshot, job.root)
    bands = job.band()
    layer = ((bands.side > 0).astype(np.int64) << 3) | bands.margin_source
    for name, ours in (("market_index", bands.market_index), ("band", bands.band), ("layer", layer)):
        np.testing.assert_array_equal(ours, getattr(expected, name))
    for name in ("size", "level_notional", "first_order_size", "position_count"):
        np.testing.assert_allclose(
            getattr(bands, name), getattr(expected, name), rtol=1e-12, atol=1e-5 * bands.position_count.max()
        )


def whole_market(job: Job) -> Section:
    """Figure (a): all levels and all bands, one thread."""
    accounts, snapshot, tables = job.population
    check_equal(job)
    positions = accounts.position_count
    rows = len(job.band())
    streamed = touched_bytes(job, rows)
    prepared = numpy_reference.prepare(accounts, tables)

    def reference() -> object:
        return numpy_reference.build_bands(prepared, snapshot, numpy_reference.solve_roots(prepared, snapshot))

    alone = {
        name: interleaved({name: part}, ROUNDS)[name]
        for name, part in {"both": job.both, "solve": job.solve, "band": job.band}.items()
    }
    times = interleaved({"both": job.both, "copy": copy_job(streamed)}, ROUNDS)
    against = interleaved({"both": job.both, "reference": reference}, 7)
    planning = interleaved({"plan": lambda: plan_bands(accounts, snapshot.markets)}, 5)["plan"]
    per = 1e9 / positions
    both = alone["both"]
    section = Section(
        "All levels and all bands",
        f"{len(accounts.addresses):,} addresses, {accounts.pool_count:,} margin pools, {positions:,} positions, "
        f"{len(snapshot.markets)} coins; {rows:,} occupied rows (coin, band, side, quality) result. One core, one "
        f"thread. Minimum of {both.rounds} runs in a row unless said; the two ratios are taken in turns. Kernels and "
        "NumPy reference were checked to give the same roots and the same bands in this run.",
    )
    section.add("solve and bands", both.minimum * per, "ns a position", target=10.0, note="aim 7")
    section.add("solve and bands, median", both.median * per, "ns a position")
    section.add(
        "solve and bands, caches full of other data (after the copy)", times["both"].minimum * per, "ns a position"
    )
    section.add("solve and bands, whole market", both.minimum * 1e3, "ms")
    section.add("of it: solve", alone["solve"].minimum * per, "ns a position")
    section.add("of it: bands, as a fresh table", alone["band"].minimum * per, "ns a position")
    section.add("plan, once per change of accounts", planning.minimum * 1e3, "ms")
    section.add("bytes touched", streamed / positions, "bytes a position")
    section.add("copy bandwidth (read + write)", streamed / times["copy"].minimum / 1e9, "GB/s")
    section.add(
        "job / time to stream the touched bytes", times["both"].minimum / times["copy"].minimum, "times", target=10.0
    )
    section.add(
        "NumPy reference / job",
        against["reference"].minimum / against["both"].minimum,
        "times",
        target=10.0,
        wanted="at least",
        note=f"reference {against['reference'].minimum * 1e3:,.0f} ms",
    )
    section.add("page faults a call", faults_per_call(job.both), "")
    section.add("peak memory of this process", peak_megabytes(), "MB")
    return section


def sizes(seed: int) -> Section:
    """The same job at 1,000, 100,000 and 300,000 accounts."""
    section = Section("By size", "Solve and bands; minimum of the rounds.")
    for accounts in SIZES:
        job = make_job(make_population(seed, accounts))
        taken = interleaved({"both": job.both}, 30)["both"]
        positions = job.population.accounts.position_count
        note = f"{faults_per_call(job.both):,.0f} page faults a call"
        if accounts == SIZES[0]:
            note += "; tables and cells of 250 coins are most of it"
        section.add(f"{accounts:,} accounts", taken.minimum * 1e9 / positions, "ns a position", note=note)
        columns = [value for value in vars(job.population.accounts).values() if isinstance(value, np.ndarray)]
        held = sum(column.nbytes for column in columns) / positions
        section.add(f"{accounts:,} accounts, accounts as columns", held, "bytes a position")
    return section


def by_batch(job: Job, seed: int) -> Section:
    """Figure (d): bands at a batch of all marks, of accounts that stand still."""
    from liqscape.heatmap.bands import BAND_COLUMNS  # here: older builds, in which rows use this file, have neither
    from liqscape.heatmap.standing_bands import StandingBands

    accounts, snapshot, tables = job.population
    standing = StandingBands(accounts, snapshot, tables, job.plan)
    random = np.random.default_rng(seed)
    steps = np.exp(random.normal(0.0, 0.001, (8, len(snapshot.mark))))
    batches = [MarketSnapshot.of_marks(snapshot.markets, 0, snapshot.mark * step) for step in steps]
    turn = iter(range(10**9))
    moving = int((accounts.is_lone == 0).sum())
    times = interleaved({"batch": lambda: standing.at(batches[next(turn) % 8])}, ROUNDS)["batch"]
    bands, _ = standing.at(batches[0])
    expected, _ = build_bands(accounts, batches[0], solve_roots(accounts, batches[0], tables))
    for name in BAND_COLUMNS:
        np.testing.assert_array_equal(getattr(bands, name), getattr(expected, name))
    section = Section(
        "By batch of marks",
        f"StandingBands: all {len(snapshot.mark)} marks change; only the {moving:,} positions in pools of several are "
        f"solved again, all {accounts.position_count:,} are banded. The bands were checked to equal those of a full "
        "solve to the bit.",
    )
    section.add("all marks", times.minimum * 1e9 / accounts.position_count, "ns a position", target=15.0)
    section.add("all marks, median", times.median * 1e9 / accounts.position_count, "ns a position")
    section.add("all marks, whole market", times.minimum * 1e3, "ms")
    return section


def against_twin(seed: int) -> Section:
    """Vectorised against the slow twin in exact fractions, at a small size."""
    job = make_job(make_population(seed, 1_000))
    seconds, positions = twin_time(job, TWIN_POOLS)
    ours = interleaved({"solve": job.solve}, 30)["solve"].minimum / job.population.accounts.position_count
    section = Section(
        "Against the exact twin", f"Plain loops in fractions over {positions} positions of {TWIN_POOLS} pools."
    )
    section.add("twin / kernel, a position", seconds / positions / ours, "times", target=50.0, wanted="at least")
    return section


def twin_time(job: Job, pools: int) -> tuple[float, int]:
    """Seconds of the twin for the positions of the first `pools` pools, and their number."""
    accounts, snapshot, tables = job.population
    taken, positions = 0.0, 0
    for pool in range(pools):
        rows = range(int(accounts.offsets[pool]), int(accounts.offsets[pool + 1]))
        if np.isnan(accounts.raw_usd[pool]):
            continue
        holdings = [
            Holding(
                Fraction(float(accounts.size[row])),
                Fraction(float(snapshot.mark[accounts.market_index[row]])),
                tuple((Fraction(bound), limit) for bound, limit in tables.tables[accounts.table_row[row]].tiers),
            )
            for row in rows
        ]
        raw_usd = Fraction(float(accounts.raw_usd[pool]))
        started = time.perf_counter()
        prices = [liquidation_price(raw_usd, holdings, index) for index in range(len(holdings))]
        taken += time.perf_counter() - started
        positions += len(holdings)
        for row, found in zip(rows, prices, strict=True):
            has_level = job.root[row] > 0.0
            assert has_level == (found is not None)
            assert found is None or abs(float(found[0]) / job.root[row] - 1.0) < 1e-9
    return taken, positions
