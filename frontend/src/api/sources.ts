/** Answers about a live map's feed: /api/v1/sources and /api/v1/liquidations. null means unknown, never zero. */

import type { DamageRow, Provenance, Side } from "./schema";

export type FeedState = "live" | "stale" | "reconnecting" | "stored" | "none";

/** Estimated share of the notional near the mark, with its 95 % interval. */
export interface NearCoverage {
  readonly within_percent: number;
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface CoinCoverage {
  readonly coin: string;
  readonly share: number | null;
  readonly near: readonly NearCoverage[];
}

export interface SourceRow {
  readonly kind: string;
  readonly address: string;
  readonly state: "connected" | "reconnecting" | "stale" | "off";
  readonly since_ms: number | null;
  readonly last_message_ms: number | null;
  readonly lag_ms: number | null;
  readonly messages: number;
  readonly reconnects: number;
  readonly gaps: number;
  readonly trouble: string | null;
}

/** Accounts that hold something, by kind; those without a practical level are counted among their kind too. */
export interface KindRow {
  readonly kind: "trader" | "vault" | "exempt" | "no_practical_level";
  readonly accounts: number;
  readonly positions: number;
  readonly notional: number;
  readonly share: number | null;
}

export interface DoubtRow {
  readonly coin: string;
  readonly reasons: readonly string[];
  /** The mark that is kept; null: not known any more. */
  readonly mark: number | null;
  /** What is told instead. */
  readonly told: number | null;
  readonly age_ms: number | null;
}

export interface SourcesAnswer {
  readonly state: FeedState;
  readonly as_of_ms: number;
  readonly age_ms: number | null;
  readonly sources: readonly SourceRow[];
  readonly limits: {
    readonly weight_used: number;
    readonly weight_limit: number | null;
    readonly waiting: number;
    readonly refused: number;
  } | null;
  readonly state_streams: {
    readonly allowed: number;
    readonly followed: number;
    readonly followed_near_usd: number;
    readonly followed_states: number;
    readonly turn_states: number;
    readonly turns_failed: number;
    readonly refused: number;
    readonly is_paused: boolean;
  } | null;
  readonly requests: readonly { readonly outcome: string; readonly count: number }[];
  readonly coverage_share: number | null;
  readonly near: readonly NearCoverage[];
  readonly coverage: readonly CoinCoverage[];
  readonly ages: { readonly median_ms: number | null; readonly oldest_ms: number | null };
  readonly latency: { readonly count: number; readonly p50_ms: number | null; readonly p99_ms: number | null };
  readonly reconcile: readonly {
    readonly coin: string;
    readonly count: number;
    readonly exact_share: number | null;
    readonly size_error_share: number | null;
  }[];
  readonly disk: {
    readonly parts: readonly { readonly part: string; readonly bytes: number }[];
    readonly free_bytes: number | null;
    readonly history: {
      readonly bytes: number;
      readonly bytes_a_day: number | null;
      readonly days_until_full: number | null;
      readonly is_nearly_full: boolean;
      readonly excess_bytes: number;
    } | null;
    readonly troubles: readonly {
      readonly part: string;
      readonly not_stored_since_ms: number | null;
      readonly reason: string | null;
      readonly waiting: number;
      readonly lost: number;
    }[];
  };
  readonly register: readonly { readonly source: string; readonly addresses: number }[];
  /** Addresses known from before the start, while they are loaded; null: all are. */
  readonly loading: { readonly loaded: number; readonly total: number | null } | null;
  readonly queues: readonly { readonly queue: string; readonly depth: number; readonly most: number | null }[];
  readonly ledger: {
    readonly accounts: number;
    readonly positions: number;
    readonly unsure: number;
    readonly unsearched?: number;
  };
  readonly kinds: readonly KindRow[];
  readonly frames: number;
  readonly liquidations: number;
  readonly unusable_records: number;
  readonly partial_states: number;
  readonly skipped_rows: number;
  readonly doubts?: readonly DoubtRow[];
  readonly doubt_count?: number;
  readonly flagged_readings?: number;
}

export interface LiquidationRow {
  readonly address: string;
  readonly coin: string;
  readonly side: Side;
  readonly size: number;
  readonly price: number;
  readonly notional: number;
  readonly mark: number | null;
  readonly predicted_price: number | null;
  readonly method: "none" | "market" | "backstop" | "deleveraging";
  readonly evidence: "exact" | "inferred" | "confirmed" | "refuted";
  readonly fill_count: number;
  readonly first_ms: number;
  readonly last_ms: number;
}

export interface LiquidationsAnswer {
  /** Why this map can have none; null where it keeps them. */
  readonly note: string | null;
  /** Files of days asked about that are damaged: what they held is missing. */
  readonly damaged?: readonly DamageRow[];
  readonly provenance: Provenance;
  readonly as_of_ms: number;
  /** Of all events that fit; refuted ones are counted apart and in no other figure. */
  readonly totals: {
    readonly count: number;
    readonly address_count: number;
    readonly long_notional: number;
    readonly short_notional: number;
    readonly refuted_count: number;
  };
  readonly liquidations: readonly LiquidationRow[];
}
