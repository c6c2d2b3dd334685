/** A stop in words and rows: its verdict, the clusters around it, the terms of its size, its own liquidation price. */

import type { NextStop, StopAnswer, StopCluster, StopLiquidation, StopSizing } from "../api/stop";
import { formatPrice, formatSize } from "../format/price";
import { usd } from "../format/usd";
import type { WordName } from "./glossary";

type Row = readonly [name: string, value: string, attributes?: { readonly word?: WordName }];

/** “Stop at 58,200: just beyond a cluster.” */
export function verdictSentence({ stop, verdict }: Pick<StopAnswer, "stop" | "verdict">): string {
  const words = verdict === "just beyond one" ? "just beyond a cluster" : verdict;
  return `Stop at ${formatPrice(stop)}: ${words}.`;
}

/** A reason as a sentence. */
export const sentence = (text: string): string =>
  `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

/** A verdict that a trader has to look at. */
export const isPoor = (verdict: string | null): boolean => verdict !== null && verdict !== "clear of clusters";

export const bpText = (bp: number | null): string => (bp === null ? "unknown" : `${(bp / 100).toFixed(2)} %`);

/** measured (31 sweeps), simulated, unknown. */
export const sourceText = (source: string, n: number): string =>
  source === "measured" ? `measured, ${n} sweeps` : source === "simulated" ? "SIMULATED" : source;

/** $1.20M of longs, 58,000 – 58,400: where it stands, how far the stop is past it, and up to where that is just beyond. */
export function clusterText(cluster: StopCluster, isLong: boolean): { readonly name: string; readonly facts: string } {
  const { overshoot, window_bp: reach, window_rule: rule } = cluster;
  const where = cluster.distance_bp >= 0 ? `stop ${bpText(cluster.distance_bp)} past its far edge` : null;
  const source = rule === "90 % overshoot" ? `${rule}, ${sourceText(overshoot.source, overshoot.n)}` : rule;
  const beyond =
    reach === null ? "how far is just beyond is unknown" : `just beyond up to ${bpText(reach)} (${source})`;
  return {
    name: `${usd(cluster.notional, 3)} of ${isLong ? "longs" : "shorts"}, ${formatPrice(cluster.price_low)} – ${formatPrice(cluster.price_high)}`,
    facts: [cluster.place, where, beyond].filter((text) => text !== null).join("; "),
  };
}

/** Some overshoot was neither measured nor simulated. */
export const hasUnknownOvershoot = ({ clusters, next_stops: stops }: StopAnswer): boolean =>
  clusters.some(({ overshoot }) => overshoot.source === "unknown") || stops.some(({ stop }) => stop === null);

/** All terms, so that a reader can check them: the size times the loss of a coin is what is lost. */
export function sizingRows(sizing: StopSizing, answer: Pick<StopAnswer, "entry" | "fee_bp" | "fee_source">): Row[] {
  const perCoin = (value: number | null): string => (value === null ? "unknown, left out" : `${amount(value)} a coin`);
  return [
    ["size", `${formatSize(sizing.size)} coins, ${usd(sizing.notional)}`, { word: "trade_size" }],
    ["lost at the stop", usd(sizing.loss_usd)],
    ["entry to stop", perCoin(sizing.distance)],
    [`fee of the entry, ${answer.fee_bp} bp ${answer.fee_source}`, perCoin(sizing.entry_fee)],
    ["fee of the stop", perCoin(sizing.stop_fee)],
    [`slippage at the stop, ${sizing.slippage_source}`, perCoin(sizing.slippage), { word: "slippage" }],
    ["lost by each coin, in all", perCoin(sizing.loss_per_coin)],
    ["at risk, as asked", usd(sizing.risk_usd)],
    ["smallest step of the size", formatSize(sizing.lot)],
  ];
}

export function liquidationRows(own: StopLiquidation): Row[] {
  const backed = own.backed_by === null ? [] : ([["stands on", backingText(own)]] as Row[]);
  const place = (price: number | null): string => (price === null ? "unknown" : formatPrice(price));
  return [
    ["this coin alone", place(own.solo), { word: "level" }],
    ["all coins move", place(own.joint), { word: "joint" }],
    ...backed,
  ];
}

const backingText = ({ pool, backed_by, margin_usd, leverage }: StopLiquidation): string =>
  [
    pool === null ? null : pool,
    backed_by,
    margin_usd === null ? null : usd(margin_usd),
    leverage === null ? null : `${formatSize(leverage)}×`,
  ]
    .filter((text) => text !== null)
    .join(", ");

/** Stops past one cluster. */
export interface NextGroup {
  /** Past 58,250: measured, 34 sweeps. */
  readonly name: string;
  readonly stops: readonly NextStop[];
}

/** By cluster, in the order of the answer. */
export function nextGroups(stops: readonly NextStop[], isLong: boolean): NextGroup[] {
  const groups = new Map<number, NextStop[]>();
  for (const each of stops) groups.set(each.price_low, [...(groups.get(each.price_low) ?? []), each]);
  return [...groups.values()].flatMap((own) => {
    const first = own[0];
    if (first === undefined) return [];
    const cluster = formatPrice(isLong ? first.price_low : first.price_high);
    const source =
      first.stop === null ? "unknown, no overshoot of such clusters is known" : sourceText(first.source, first.n);
    return [{ name: `Past ${cluster}: ${source}`, stops: own.filter(({ stop }) => stop !== null) }];
  });
}

/** By nine of ten overshoots, 0.31 %; clear of clusters; size 0.05, $3.00k. */
export function nextStopText(next: NextStop): string {
  const share = next.quantile >= 0.9 ? "by nine of ten overshoots" : "by half of the overshoots";
  const sizing = next.sizing === null ? null : `size ${formatSize(next.sizing.size)}, ${usd(next.sizing.notional, 3)}`;
  return [`${share}, ${bpText(next.overshoot_bp)}`, next.verdict, sizing].filter((text) => text !== null).join("; ");
}

const amount = (value: number): string => `$${value.toLocaleString("en-US", { maximumSignificantDigits: 5 })}`;
