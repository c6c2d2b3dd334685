/** Answers of the HTTP API (docs/api.md). null means unknown, never zero. Times are ms UTC, prices and notionals USD. */

export type Side = 1 | -1;

export interface Provenance {
  readonly kind: string;
  readonly name: string;
  readonly is_simulated: boolean;
  readonly note: string;
}

interface Answer {
  readonly provenance: Provenance;
  readonly as_of_ms: number;
}

export type Quality = "state" | "published" | "tracked" | "modelled" | "unknown";
export type QualityShare = Readonly<Record<Quality, number>>;

/** A file of the data folder that cannot be read as it was written. */
export interface DamageRow {
  readonly file: string;
  readonly kept_as: string | null;
  readonly first_ms: number | null;
  readonly last_ms: number | null;
  readonly cause: string;
  readonly loss: string;
  readonly remedy: string;
}

export interface Status extends Answer {
  readonly version: string;
  readonly first_ms: number;
  readonly last_ms: number;
  readonly frame_count: number;
  readonly sequence: number;
  readonly hold_ms: number;
  readonly address_count: number;
  readonly pool_count: number;
  readonly position_count: number;
  readonly oldest_age_ms: number | null;
  readonly median_age_ms: number | null;
  readonly coverage: { readonly known_coins: number; readonly share: number | null };
  readonly quality_share: QualityShare;
  /** Frames arrive and are of now. */
  readonly is_live: boolean;
  readonly feed_state: "live" | "stale" | "reconnecting" | "stored" | "none";
  /** The exchange tells no time: as_of_ms stands still. */
  readonly is_time_held: boolean;
  /** Some of what arrives is not stored since; null where all is. */
  readonly not_stored_since_ms?: number | null;
  readonly not_stored_reason?: string | null;
  /** Coins whose figures are in doubt: how many, and the first of them. Nothing of those is live. */
  readonly in_doubt_count?: number;
  readonly in_doubt?: readonly string[];
  readonly damaged?: readonly DamageRow[];
}

export interface CoinRow {
  readonly coin: string;
  readonly mark: number | null;
  readonly max_leverage: number;
  readonly open_interest: number | null;
  readonly coverage: number | null;
  readonly long_notional: number | null;
  readonly short_notional: number | null;
  readonly position_count: number;
  readonly has_venue_candles: boolean;
  readonly doubt?: readonly string[];
}

export interface CoinsAnswer extends Answer {
  readonly coins: readonly CoinRow[];
}

/** Rows as columns; one per band and side, or per band, side and quality. What follows from size and mark is not told. */
export interface BandRows {
  readonly band: readonly number[];
  readonly side: readonly Side[];
  readonly size: readonly number[];
  readonly position_count: readonly number[];
}

/** All rows. */
export interface BandColumns extends BandRows {
  readonly quality: readonly Quality[];
  readonly first_order_size: readonly number[];
  readonly notional: readonly (number | null)[];
  readonly level_notional: readonly number[];
  readonly first_order_notional: readonly (number | null)[];
  /** Of the size, coins of vaults; null where they are not told apart. */
  readonly vault_size?: readonly number[] | null;
}

export interface OutsideRow {
  readonly side: Side;
  readonly reason: "below" | "above" | "no_level" | "unknown" | "exempt";
  readonly size: number;
  readonly notional: number | null;
  readonly position_count: number;
}

export interface SideTotal {
  readonly size: number;
  readonly notional: number | null;
  readonly position_count: number;
}

interface FrameHead {
  readonly as_of_ms: number;
  readonly coin: string;
  readonly mark: number | null;
  readonly oracle: number | null;
  readonly open_interest: number | null;
  readonly coverage: number | null;
  readonly outside: readonly OutsideRow[];
  readonly totals: { readonly long: SideTotal; readonly short: SideTotal };
  readonly quality_share: QualityShare;
  /** Why figures of the coin are in doubt; empty: they are not. */
  readonly doubt?: readonly string[];
}

export interface Frame extends FrameHead {
  readonly provenance: Provenance;
  readonly sequence: number;
  readonly level: number;
  readonly bands: BandColumns;
}

/** A frame whose bands stand at joint levels. */
export interface JointFrame extends Frame {
  readonly joint: JointNote;
}

/** A frame of the stream: everything in view, or the rows that changed; size 0 means gone. */
export interface ViewFrame extends FrameHead {
  readonly level: number;
  readonly first_band: number | null;
  readonly end_band: number | null;
  readonly side: Side | null;
  /** Of the coins in all bands, the part that the exchange sends at once. */
  readonly first_order_share: number | null;
  readonly bands: BandRows | null;
  readonly changes: BandRows | null;
}

export interface HeatmapHeader extends Answer {
  readonly coin: string;
  readonly value: "mark" | "level";
  readonly level: number;
  readonly first_band: number;
  readonly rows: number;
  readonly columns: number;
  readonly start_ms: number;
  readonly step_ms: number;
  readonly log_width: number;
  readonly maximum: number;
  readonly quantiles: Readonly<Record<"0.5" | "0.9" | "0.99", number>> | null;
}

export type CandleRow = readonly [time: number, open: number, high: number, low: number, close: number];

export interface CandlesAnswer extends Answer {
  readonly coin: string;
  readonly source: {
    readonly kind: "venue_candles" | "mark_path";
    readonly name: string;
    readonly interval_ms: number;
  };
  readonly candles: readonly CandleRow[];
}

export interface Cluster {
  readonly side: Side;
  readonly price_low: number;
  readonly price_high: number;
  readonly price_peak: number;
  readonly notional: number;
  readonly level_notional: number;
  readonly position_count: number;
  readonly account_count: number;
  readonly distance_percent: number;
  /** Of the notional; null at joint levels. */
  readonly vault_notional: number | null;
}

export interface ClustersAnswer extends Answer {
  readonly coin: string;
  readonly mark: number | null;
  readonly clusters: readonly Cluster[];
  readonly nearest: { readonly long: Cluster | null; readonly short: Cluster | null };
  readonly largest: { readonly long: Cluster | null; readonly short: Cluster | null };
  readonly joint: JointNote | null;
}

/** How a joint map was made; null in solo mode. */
export interface JointNote {
  readonly direction: string;
  readonly beta: number;
  readonly beta_up: number;
  readonly beta_source: "factor" | "estimated" | "default" | "user";
  readonly betas_origin: string;
  readonly spread: SpreadColumns | null;
}

/** Solo bands beside joint ones: how far the positions of each solo band stand away jointly. */
export interface SpreadColumns {
  readonly solo_size: readonly number[];
  readonly moved_size: readonly number[];
  readonly lost_size: readonly number[];
  readonly spread_percent: readonly (number | null)[];
}

export interface AsymmetryRow {
  readonly distance_percent: number;
  readonly long_below_notional: number;
  readonly short_above_notional: number;
  readonly imbalance: number | null;
}

export interface AsymmetryAnswer extends Answer {
  readonly coin: string;
  readonly mark: number | null;
  readonly rows: readonly AsymmetryRow[];
}

/** What an account is; exempt: not liquidated in practice. */
export type Kind = "trader" | "vault" | "exempt";

export interface PositionRow {
  readonly address: string;
  readonly mode: string;
  readonly side: Side;
  readonly size: number;
  readonly notional: number | null;
  readonly liquidation_price: number | null;
  readonly published_liquidation_price: number | null;
  readonly entry_price: number | null;
  readonly leverage: number | null;
  readonly quality: Quality;
  readonly account_value: number | null;
  readonly distance_percent: number | null;
  readonly kind: Kind;
}

export interface PositionsAnswer extends Answer {
  readonly coin: string;
  readonly mark: number | null;
  readonly price_low: number;
  readonly price_high: number;
  readonly positions: readonly PositionRow[];
  readonly totals: {
    readonly long_notional: number | null;
    readonly short_notional: number | null;
    readonly position_count: number;
    readonly account_count: number;
    readonly vault_notional: number;
  };
  /** Asks for what follows, of the same frame; null at the end. */
  readonly next_cursor?: string | null;
}

export interface PoolPosition {
  readonly coin: string;
  readonly side: Side;
  readonly size: number;
  readonly mark: number | null;
  readonly notional: number | null;
  readonly entry_price: number | null;
  readonly leverage: number | null;
  readonly liquidation_price: number | null;
  readonly level_status: "ok" | "no_level" | "unknown";
  readonly published_liquidation_price: number | null;
  readonly published: "price" | "none" | "not_given";
  readonly tier: number | null;
  readonly backstop_price: number | null;
  readonly bankruptcy_price: number | null;
  readonly distance_percent: number | null;
  readonly orders: readonly { readonly price: number; readonly size: number; readonly notional: number }[];
}

export interface Pool {
  readonly mode: string;
  readonly quality: Quality;
  readonly raw_usd: number | null;
  readonly account_value: number | null;
  readonly maintenance_margin: number | null;
  readonly free_margin: number | null;
  readonly health: number | null;
  readonly is_exempt: boolean;
  readonly kind: Kind;
  readonly kind_reason: string | null;
  /** It holds a coin whose figures are in doubt: no figure of it is sure. */
  readonly is_in_doubt?: boolean;
  readonly observed_ms: number;
  readonly positions: readonly PoolPosition[];
}

export interface AccountAnswer extends Answer {
  readonly address: string;
  readonly pools: readonly Pool[];
  readonly isolated_margin_left?: number | null;
}

export type ViewMessage =
  | { readonly type: "view"; readonly sequence: number; readonly status: Status; readonly frame: ViewFrame }
  | {
      readonly type: "changes";
      readonly sequence: number;
      /** Sequence of the message it follows. */
      readonly since: number;
      readonly is_stored: boolean;
      readonly status: Status;
      readonly frame: ViewFrame;
    };

export type StreamMessage =
  | ViewMessage
  | { readonly type: "status"; readonly status: Status }
  | { readonly type: "error"; readonly detail: string };
