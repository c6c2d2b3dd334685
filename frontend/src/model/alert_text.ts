/** Alerts in words: what a rule waits for, when it fired, what came after, what waits to be delivered. */

import type { Alert, Delivery, Rule, RuleRow, TrialAnswer, TrialRow } from "../api/alerts";
import { shortAddress } from "../format/address";
import { formatPrice } from "../format/price";
import { formatAge, formatTime } from "../format/time";
import { distance, usd } from "../format/usd";

const sides = ({ side }: Rule): string => (side === "long" ? " of longs" : side === "short" ? " of shorts" : "");
const from = ({ min_usd: least }: Rule): string => (typeof least === "number" ? ` from ${usd(least)}` : "");
const bounds = ({ above, below }: Rule, unit: string): string =>
  joined(" or ", [
    typeof above === "number" ? `above ${plain(above)}${unit}` : null,
    typeof below === "number" ? `below ${plain(below)}${unit}` : null,
  ]);
const price = (rule: Rule): string => (typeof rule.price === "number" ? formatPrice(rule.price) : "a price");
const account = ({ address }: Rule): string => (typeof address === "string" ? `account ${shortAddress(address)}` : "");
const one = (rule: Rule): string => (rule.cluster_id ? "one cluster" : "a cluster");

const TEXTS: Readonly<Record<string, (rule: Rule) => string>> = {
  level_touched: (rule) => `mark touches ${price(rule)}${rule.approach ? ` ${rule.approach.replace("_", " ")}` : ""}`,
  near_level: (rule) => `mark within ${rule.percent} % of ${price(rule)}`,
  near_cluster: (rule) => `mark within ${rule.percent} % of ${one(rule)}${sides(rule)}${from(rule)}`,
  near_stops: (rule) => `mark within ${rule.percent} % of known stops${sides(rule)}${from(rule)}`,
  cluster_grown: (rule) => `${one(rule)}${sides(rule)} grows by ${rule.percent} % in ${rule.minutes} min`,
  cluster_swept: (rule) => `a cluster${sides(rule)}${from(rule)} is swept`,
  cluster_dissolved: (rule) => `a cluster${sides(rule)}${from(rule)} dissolves`,
  cluster_born: (rule) => `a cluster${sides(rule)}${from(rule)} appears`,
  account_near: (rule) => `mark within ${rule.percent} % of a level of ${account(rule)}`,
  margin_added: (rule) => `${account(rule)} adds margin${from(rule)}`,
  liquidation: (rule) => `liquidation${sides(rule)}${from(rule)} ${account(rule)}`.trim(),
  cascade_state: (rule) => `cascade state ${rule.state}${sides(rule)}`,
  asymmetry: (rule) => `balance within ${rule.distance} % ${bounds(rule, "")}`,
  funding: (rule) => `funding ${bounds(rule, " % per 8 h")}`,
  open_interest: (rule) => `open interest changes by ${rule.percent} % in ${rule.minutes} min`,
  coverage: (rule) => `known share of open interest below ${rule.below}`,
  stale: (rule) => `map stale for ${rule.minutes} min`,
};

/** BTC: mark within 1 % of 84,000. */
export function ruleText(rule: Rule): string {
  const said = (TEXTS[rule.kind] ?? (() => rule.kind.replaceAll("_", " ")))(rule);
  return rule.kind === "stale" ? said : `${rule.coin ?? "every coin"}: ${said}`;
}

/** 3 min ago, fired while nobody was here; in quiet hours. */
export function firedFacts(alert: Alert, nowMs: number): string {
  return joined("; ", [
    `${agoText(alert.at_ms, nowMs)}, ${formatTime(alert.at_ms)}`,
    alert.is_late ? "told late: this program was down" : null,
    alert.is_quiet ? "in quiet hours: not sent" : null,
    alert.provenance.is_simulated ? "SIMULATED" : null,
  ]);
}

/** It would have fired 3 times in 4,320 stored minutes, 27 Nov … to 30 Nov …. */
export function trialText({ count, minutes, start_ms: start, end_ms: end }: TrialAnswer): string {
  const span = `, ${formatTime(start)} to ${formatTime(end)}`;
  const times = count === 0 ? "It would not have fired" : `It would have fired ${timesText(count)}`;
  return `${times} in ${minutes.toLocaleString("en-US")} stored minutes${span}.`;
}

/** 5 min −0.20 % (−0.40 to +0.10). */
export const afterText = (after: TrialRow["after"][number]): string => {
  const { change_percent: change, lowest_percent: low, highest_percent: high } = after;
  if (change === null) return "unknown";
  return low === null || high === null
    ? distance(change)
    : `${distance(change)} (${distance(low)} to ${distance(high)})`;
};

/** mail: 3 wait, the oldest for 4 min; 2 given up; the server refused. */
export function deliveryText(row: Delivery): string {
  const { destination, waiting, failed, oldest_age_ms: oldest, last_reason: reason, delivered } = row;
  const since = oldest === null ? "" : `, the oldest for ${formatAge(oldest)}`;
  return joined("; ", [
    `${destination}: ${delivered} delivered`,
    waiting === 0 ? "nothing waits" : `${waiting} ${waiting === 1 ? "waits" : "wait"}${since}`,
    failed === 0 ? null : `${failed} given up`,
    row.kind === null ? "not in the file any more" : null,
    reason,
  ]);
}

/** Of what is known. */
const joined = (by: string, parts: readonly (string | null)[]): string =>
  parts.filter((text) => text !== null).join(by);

const timesText = (count: number): string => (count === 1 ? "once" : `${count} times`);
const agoText = (ms: number, nowMs: number): string => `${formatAge(Math.max(nowMs - ms, 0))} ago`;
const plain = (value: number): string => String(value).replace("-", "−");

type Summary = TrialAnswer["summary"][number];

/** Within 5m the mark moved through 0.40 % at the median of 3; of all stored minutes 0.20 %, n = 4,000. */
export const summaryText = ({ horizon, n, median_range_percent: range, baseline }: Summary): string =>
  `Within ${horizon} the mark moved through ${share(range)} at the median of ${n}; of all stored minutes, whether it fires or not, ${share(baseline.median_range_percent)}, n = ${baseline.n.toLocaleString("en-US")}.`;

const share = (percent: number | null): string =>
  percent === null ? "unknown" : `${Number(percent.toPrecision(2))} %`;

/** Its own name, else what it waits for. */
export const ruleName = (rule: Rule): string => (rule.name ? rule.name : ruleText(rule));

/** Fired twice, last 4 min ago; 3 held back; to mail; once. */
export function ruleFacts(rule: RuleRow, nowMs: number): string {
  const { fired_count: count = 0, last_fired_ms: last = null, held_back_count: held = 0, destinations = [] } = rule;
  const ago = last === null ? "" : `, last ${agoText(last, nowMs)}`;
  return joined("; ", [
    count === 0 ? "never fired" : `fired ${timesText(count)}${ago}`,
    held === 0 ? null : `${held} held back`,
    rule.once ? "once, then off" : null,
    rule.quiet_hours ? `quiet ${rule.quiet_hours}` : null,
    destinations.length === 0 ? null : `to ${destinations.join(", ")}`,
  ]);
}

/** Without what the server says of it. */
export function bareRule(rule: RuleRow): Rule {
  const { last_fired_ms: _last, fired_count: _count, held_back_count: _held, trouble: _trouble, ...bare } = rule;
  return Object.fromEntries(Object.entries(bare).filter(([, value]) => value !== null)) as unknown as Rule;
}
