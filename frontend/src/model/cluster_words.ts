/** What a row of the list says of a cluster: who stands in it, and what a sweep took of it. */

import type { Cluster, SweepsAnswer } from "../api/schema";
import { counted } from "../format/count";
import { percent } from "../format/usd";

/** Of a cluster's USD: from there on one account, or vaults together, decide what happens in it. */
const HALF = 0.5;
/** USD: the exchange sends larger positions to the book in parts; below it one account is no whale, only alone. */
const WHALE_USD = 100_000;

export const HOLDER_RULE =
  "vaults: they hold at least half of it. whale: one account holds at least half of it, and $100k or more.";

/** Vaults 62 %, whale 71 %; null where many share it, or nobody knows. */
export function holderText(cluster: Cluster): string | null {
  const { notional } = cluster;
  const vaults = cluster.vault_notional ?? 0;
  const largest = cluster.largest_account_notional ?? 0;
  if (!(notional > 0)) return null;
  if (vaults >= HALF * notional) return `vaults ${percent(vaults / notional)}`;
  return largest >= HALF * notional && largest >= WHALE_USD ? `whale ${percent(largest / notional)}` : null;
}

export const accountsText = (count: number): string => counted(count, "account");

const SWEEP_STATES: Readonly<Record<string, string>> = {
  entered: "entered now",
  crossed: "crossed",
  left: "left again",
};

/** Crossed, 40 % swept: how far the mark went through it, and what was liquidated of it; null where neither is known. */
export function sweptText(cluster: Cluster, sweeps: SweepsAnswer | null): string | null {
  const share = sweptShare(cluster, sweeps);
  const state = SWEEP_STATES[cluster.sweep_state ?? ""] ?? null;
  const parts = [state, share === null ? null : `${percent(share)} swept`].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(", ");
}

/** Fraction that was liquidated of what stood there when the mark last came in; null without a sweep, or unknown. */
export function sweptShare(cluster: Cluster, sweeps: SweepsAnswer | null): number | null {
  const id = cluster.cluster_id ?? null;
  if (id === null || sweeps === null) return null;
  let last: SweepsAnswer["sweeps"][number] | null = null;
  for (const each of [...sweeps.open, ...sweeps.sweeps]) {
    if (each.cluster_id === id && (last === null || each.entered_ms > last.entered_ms)) last = each;
  }
  return last?.clear_fraction ?? null;
}
