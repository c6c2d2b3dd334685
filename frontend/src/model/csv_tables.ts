/** What panels show, as CSV files: a row each, with the source and the time that the figures are of in columns of their own. */

import type { BoardAnswer } from "../api/openapi";
import type { AccountAnswer, Cluster, ClustersAnswer, PositionsAnswer, Provenance, SweepsAnswer } from "../api/schema";
import type { LiquidationsAnswer } from "../api/sources";
import { type CsvCell, csvName, csvText, csvTime } from "../format/csv";
import { sweptShare } from "./cluster_words";

export interface CsvFile {
  readonly name: string;
  readonly text: string;
}

type Columns<Row> = Readonly<Record<string, (row: Row) => CsvCell>>;

interface Origin {
  readonly provenance: Provenance;
  readonly as_of_ms: number;
}

function fileOf<Row>(parts: readonly string[], origin: Origin, rows: readonly Row[], columns: Columns<Row>): CsvFile {
  const { kind, name, is_simulated: isSimulated } = origin.provenance;
  const from = [csvTime(origin.as_of_ms), `${kind} ${name}`, isSimulated];
  const makers = Object.values(columns);
  return {
    name: csvName(parts, origin.as_of_ms),
    text: csvText({
      columns: [...Object.keys(columns), "as_of_utc", "source", "is_simulated"],
      rows: rows.map((row) => [...makers.map((make) => make(row)), ...from]),
    }),
  };
}

const sideWord = ({ side }: { readonly side: number }): string => (side === 1 ? "long" : "short");

/** The rows of the list, in its order; `sweeps` null where none are known. */
export const clustersCsv = (answer: ClustersAnswer, rows: readonly Cluster[], sweeps: SweepsAnswer | null): CsvFile =>
  fileOf([answer.coin, "clusters"], answer, rows, {
    coin: () => answer.coin,
    levels: () => (answer.joint == null ? "solo" : "joint"),
    side: sideWord,
    price_peak_usd: (row) => row.price_peak,
    price_low_usd: (row) => row.price_low,
    price_high_usd: (row) => row.price_high,
    notional_usd: (row) => row.notional,
    first_order_notional_usd: (row) => row.first_order_notional,
    distance_percent: (row) => row.distance_percent,
    account_count: (row) => row.account_count,
    largest_account_usd: (row) => row.largest_account_notional,
    vaults_usd: (row) => row.vault_notional,
    weighted_age_ms: (row) => row.weighted_age_ms,
    is_weighted_age_at_least: (row) => row.is_weighted_age_at_least,
    cluster_age_ms: (row) => row.age_ms,
    is_cluster_age_at_least: (row) => row.is_age_at_least,
    persistence_4h_fraction: (row) => row.persistence_4h,
    sweep_state: (row) => row.sweep_state,
    swept_fraction: (row) => sweptShare(row, sweeps),
    cluster_id: (row) => row.cluster_id,
    mark_usd: () => answer.mark,
  });

/** What is listed; a filter that it was asked with holds here too. */
export const liquidationsCsv = (answer: LiquidationsAnswer): CsvFile =>
  fileOf(["liquidations"], answer, answer.liquidations, {
    first_fill_utc: (row) => csvTime(row.first_fill_ms),
    last_fill_utc: (row) => csvTime(row.last_fill_ms),
    coin: (row) => row.coin,
    side: sideWord,
    notional_usd: (row) => row.notional,
    size_coins: (row) => row.size,
    price_usd: (row) => row.price,
    mark_usd: (row) => row.mark,
    predicted_liquidation_price_usd: (row) => row.predicted_liquidation_price,
    method: (row) => row.method,
    evidence: (row) => row.evidence,
    account: (row) => row.address,
    impact_1s_bp: (row) => row.impact_1s_bp,
    impact_10s_bp: (row) => row.impact_10s_bp,
    impact_60s_bp: (row) => row.impact_60s_bp,
  });

type BoardRow = BoardAnswer["rows"][number];
const within = (percent: string, place: 0 | 1) => (row: BoardRow) => row.within?.[percent]?.[place];

/** The board of all coins; `rows` as they are shown, filtered and sorted. */
export const boardCsv = (answer: BoardAnswer, rows: readonly BoardRow[]): CsvFile =>
  fileOf(["board"], answer, rows, {
    coin: (row) => row.coin,
    category: (row) => row.category,
    mark_usd: (row) => row.mark,
    change_24h_percent: (row) => row.change_24h_percent,
    open_interest_usd: (row) => row.open_interest_usd,
    funding_8h_fraction: (row) => row.funding_8h,
    funding_annual_fraction: (row) => row.funding_annual,
    longs_within_1_percent_usd: within("1", 0),
    shorts_within_1_percent_usd: within("1", 1),
    longs_within_2_percent_usd: within("2", 0),
    shorts_within_2_percent_usd: within("2", 1),
    longs_within_5_percent_usd: within("5", 0),
    shorts_within_5_percent_usd: within("5", 1),
    nearest_large_side: (row) => (row.nearest_large === null ? null : sideWord(row.nearest_large)),
    nearest_large_price_usd: (row) => row.nearest_large?.price,
    nearest_large_notional_usd: (row) => row.nearest_large?.notional,
    nearest_large_distance_percent: (row) => row.nearest_large?.distance_percent,
    imbalance_5_percent: (row) => row.imbalance_5,
    risk_share_fraction: (row) => row.risk_share,
    coverage_fraction: (row) => row.coverage,
    in_doubt: (row) => row.doubt.join("; ") || null,
  });

/** The positions that are listed: those of the pages asked for. */
export const positionsCsv = (answer: PositionsAnswer): CsvFile =>
  fileOf([answer.coin, "positions"], answer, answer.positions, {
    coin: () => answer.coin,
    account: (row) => row.address,
    side: sideWord,
    notional_usd: (row) => row.notional,
    size_coins: (row) => row.size,
    liquidation_price_usd: (row) => row.liquidation_price,
    leverage: (row) => row.leverage,
    margin_mode: (row) => row.margin_mode,
    margin_source: (row) => row.margin_source,
    kind: (row) => row.kind,
    levels_from_usd: () => answer.price_low,
    levels_to_usd: () => answer.price_high,
  });

/** One account: a row for each position, with what its pool has. */
export const accountCsv = (answer: AccountAnswer): CsvFile => {
  const rows = answer.pools.flatMap((pool, number) => pool.positions.map((row) => ({ number, pool, row })));
  return fileOf([answer.address.slice(0, 10), "account"], answer, rows, {
    account: () => answer.address,
    pool: (each) => each.number,
    margin_mode: (each) => each.pool.margin_mode,
    margin_source: (each) => each.pool.margin_source,
    kind: (each) => each.pool.kind,
    pool_account_value_usd: (each) => each.pool.account_value,
    pool_maintenance_margin_usd: (each) => each.pool.maintenance_margin,
    pool_free_margin_usd: (each) => each.pool.free_margin,
    coin: (each) => each.row.coin,
    side: (each) => sideWord(each.row),
    size_coins: (each) => each.row.size,
    notional_usd: (each) => each.row.notional,
    leverage: (each) => each.row.leverage,
    entry_price_usd: (each) => each.row.entry_price,
    liquidation_price_usd: (each) => each.row.liquidation_price,
    level_status: (each) => each.row.level_status,
    published_liquidation_price_usd: (each) => each.row.published_liquidation_price,
    distance_percent: (each) => each.row.distance_percent,
    backstop_price_usd: (each) => each.row.backstop_price,
    bankruptcy_price_usd: (each) => each.row.bankruptcy_price,
    state_of_utc: (each) => csvTime(each.pool.observed_ms),
  });
};
