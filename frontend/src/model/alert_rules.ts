/** Rules of alerts by what they are about: which kinds fit, what is typed for each, and the rule of what was typed. */

import type { AlertKind, Rule } from "../api/alerts";
import type { Cluster } from "../api/schema";
import { shortAddress } from "../format/address";
import { formatPrice } from "../format/price";
import { ungrouped } from "../format/typed";
import { usd } from "../format/usd";

/** What a reader pointed at; map: nothing by itself. */
export type AlertSubject =
  | { readonly kind: "level"; readonly coin: string; readonly price: number }
  /** `price`: pointed at within it. */
  | { readonly kind: "cluster"; readonly coin: string; readonly cluster: Cluster; readonly price: number }
  | { readonly kind: "account"; readonly address: string }
  | { readonly kind: "map"; readonly coin: string; readonly price: number | null };

export type FieldName =
  | "price"
  | "percent"
  | "minutes"
  | "min_usd"
  | "approach"
  | "side"
  | "state"
  | "distance"
  | "above"
  | "below";

interface FieldText {
  readonly label: string;
  /** What is chosen from, the empty value first where none is needed; else it is typed. */
  readonly values?: readonly (readonly [value: string, label: string])[];
  readonly isNumber: boolean;
}

export const FIELDS: Readonly<Record<FieldName, FieldText>> = {
  price: { label: "price, USD", isNumber: true },
  percent: { label: "percent", isNumber: true },
  minutes: { label: "minutes", isNumber: true },
  min_usd: { label: "from USD", isNumber: true },
  approach: {
    label: "coming",
    isNumber: false,
    values: [
      ["", "from either side"],
      ["from_below", "from below"],
      ["from_above", "from above"],
    ],
  },
  side: {
    label: "side",
    isNumber: false,
    values: [
      ["", "both"],
      ["long", "longs"],
      ["short", "shorts"],
    ],
  },
  state: {
    label: "state",
    isNumber: false,
    values: [
      ["starting", "starting"],
      ["running", "running"],
      ["fading", "fading"],
      ["exhausted", "exhausted"],
      ["over", "over"],
    ],
  },
  distance: {
    label: "within",
    isNumber: true,
    values: [
      ["1", "1 %"],
      ["2", "2 %"],
      ["5", "5 %"],
      ["10", "10 %"],
    ],
  },
  above: { label: "above", isNumber: true },
  below: { label: "below", isNumber: true },
};

interface KindText {
  /** After “Alert when”. */
  readonly words: string;
  /** In place of a field's own label. */
  readonly labels?: Readonly<Partial<Record<FieldName, string>>>;
  readonly fields: readonly FieldName[];
  /** May be left empty. */
  readonly may?: readonly FieldName[];
}

export const KINDS: Readonly<Record<AlertKind, KindText>> = {
  level_touched: { words: "the mark touches this price", fields: ["price", "approach"], may: ["approach"] },
  near_level: {
    words: "the mark comes near this price",
    fields: ["price", "percent"],
    labels: { percent: "within, %" },
  },
  near_cluster: { words: "the mark comes near it", fields: ["percent"], labels: { percent: "within, %" } },
  cluster_grown: {
    words: "it grows",
    fields: ["percent", "minutes"],
    labels: { percent: "by, %", minutes: "within, minutes" },
  },
  cluster_swept: { words: "a cluster of this side is swept", fields: ["min_usd"], may: ["min_usd"] },
  cluster_dissolved: { words: "a cluster of this side dissolves", fields: ["min_usd"], may: ["min_usd"] },
  cluster_born: { words: "a cluster appears", fields: ["min_usd", "side"], may: ["min_usd", "side"] },
  account_near: {
    words: "the mark comes near a level of this account",
    fields: ["percent"],
    labels: { percent: "within, %" },
  },
  margin_added: { words: "this account adds margin", fields: ["min_usd"], may: ["min_usd"] },
  liquidation: { words: "something is liquidated", fields: ["min_usd", "side"], may: ["side"] },
  cascade_state: { words: "the cascade state changes", fields: ["state", "side"], may: ["side"] },
  asymmetry: {
    words: "the balance of both sides passes a bound",
    fields: ["distance", "above", "below"],
    may: ["above", "below"],
    labels: { above: "above, −1 to 1", below: "or below, −1 to 1" },
  },
  funding: {
    words: "funding passes a bound",
    fields: ["above", "below"],
    may: ["above", "below"],
    labels: { above: "above, % per 8 h", below: "or below, % per 8 h" },
  },
  open_interest: {
    words: "open interest changes",
    fields: ["percent", "minutes"],
    labels: { percent: "by, %", minutes: "within, minutes" },
  },
  coverage: {
    words: "less of the open interest is known",
    fields: ["below"],
    labels: { below: "below, share from 0 to 1" },
  },
  near_stops: {
    words: "the mark comes near known stops",
    fields: ["percent", "min_usd", "side"],
    may: ["min_usd", "side"],
    labels: { percent: "within, %", min_usd: "known, from USD", side: "stops of" },
  },
  stale: { words: "this map is stale", fields: ["minutes"], labels: { minutes: "for, minutes" } },
};

const OF_SUBJECT: Readonly<Record<AlertSubject["kind"], readonly AlertKind[]>> = {
  level: ["level_touched", "near_level"],
  cluster: ["near_cluster", "cluster_grown", "cluster_swept", "cluster_dissolved", "level_touched", "near_level"],
  account: ["account_near", "margin_added", "liquidation"],
  map: [
    "level_touched",
    "near_level",
    "near_stops",
    "cluster_born",
    "liquidation",
    "cascade_state",
    "asymmetry",
    "funding",
    "open_interest",
    "coverage",
    "stale",
  ],
};

/** The first is offered first. What has no identity cannot be followed as it grows. */
export function kindsOf(subject: AlertSubject): readonly AlertKind[] {
  const kinds = OF_SUBJECT[subject.kind];
  return subject.kind === "cluster" && subject.cluster.cluster_id === null
    ? kinds.filter((kind) => kind !== "cluster_grown")
    : kinds;
}

/** “BTC at 84,000”, “BTC longs, $1.20M near 84,000”, “account 0x12…ab”. */
export function subjectText(subject: AlertSubject): string {
  if (subject.kind === "level") return `${subject.coin} at ${formatPrice(subject.price)}`;
  if (subject.kind === "map") return subject.coin;
  if (subject.kind === "account") return `account ${shortAddress(subject.address)}`;
  const { coin, cluster } = subject;
  return `${coin} ${cluster.side === 1 ? "longs" : "shorts"}, ${usd(cluster.notional)} near ${formatPrice(cluster.price_peak)}`;
}

export type Typed = Readonly<Partial<Record<FieldName, string>>>;

/** What stands in the fields before a reader types. */
export function firstTyped(subject: AlertSubject): Typed {
  const price = subject.kind === "account" ? null : subject.price;
  return {
    ...(price === null ? {} : { price: String(Number(price.toPrecision(6))) }),
    percent: "1",
    minutes: "60",
    min_usd: firstUsd(subject),
    state: "running",
    distance: "5",
  };
}

/** Half of the cluster that was pointed at; of an account little counts. */
function firstUsd(subject: AlertSubject): string {
  if (subject.kind === "cluster") return String(Number((subject.cluster.notional / 2).toPrecision(2)));
  return subject.kind === "account" ? "1000" : "100000";
}

/** Terms beside what the kind asks. */
export interface AlertTerms {
  readonly name: string;
  readonly isOnce: boolean;
  readonly hasSound: boolean;
  readonly coolDownMinutes: string;
  readonly quietHours: string;
  readonly destinations: readonly string[];
}

export const FIRST_TERMS: AlertTerms = {
  name: "",
  isOnce: false,
  hasSound: true,
  coolDownMinutes: "",
  quietHours: "",
  destinations: [],
};

/** The rule, or what is wrong with it in one sentence. */
export function ruleOf(subject: AlertSubject, kind: AlertKind, typed: Typed, terms: AlertTerms): Rule | string {
  const about = KINDS[kind];
  const values: Record<string, string | number> = {};
  for (const name of about.fields) {
    const text = (typed[name] ?? "").trim();
    const label = about.labels?.[name] ?? FIELDS[name].label;
    if (text === "") {
      if (about.may?.includes(name)) continue;
      return `${label}: nothing is given.`;
    }
    const value = FIELDS[name].isNumber ? numberOf(text) : text;
    if (value === null) return `${label}: “${text}” is no number.`;
    values[name] = value;
  }
  if (about.fields.includes("above") && values.above === undefined && values.below === undefined) {
    return "Give a bound above or below.";
  }
  const coolDown = terms.coolDownMinutes.trim() === "" ? undefined : numberOf(terms.coolDownMinutes);
  if (coolDown === null) return `quiet after an alert, minutes: “${terms.coolDownMinutes}” is no number.`;
  return {
    kind,
    ...fixedOf(subject, kind),
    ...values,
    ...(terms.name.trim() === "" ? {} : { name: terms.name.trim() }),
    ...(terms.isOnce ? { once: true } : {}),
    sound: terms.hasSound,
    ...(coolDown === undefined ? {} : { cool_down_minutes: coolDown }),
    ...(terms.quietHours.trim() === "" ? {} : { quiet_hours: terms.quietHours.trim() }),
    destinations: terms.destinations,
  };
}

/** What the subject says and nobody types. */
function fixedOf(subject: AlertSubject, kind: AlertKind): Partial<Rule> {
  if (kind === "stale") return {};
  if (subject.kind === "account") return { address: subject.address };
  if (subject.kind !== "cluster") return { coin: subject.coin };
  const { coin, cluster } = subject;
  const side = cluster.side === 1 ? "long" : "short";
  if (kind === "level_touched" || kind === "near_level") return { coin };
  if (kind === "cluster_swept" || kind === "cluster_dissolved") return { coin, side };
  return cluster.cluster_id === null ? { coin, side } : { coin, side, cluster_id: cluster.cluster_id };
}

/** 1,200.5 or −0.3; null: no number. */
function numberOf(text: string): number | null {
  const plain = ungrouped(text).replace("−", "-");
  const value = Number(plain);
  return plain === "" || !Number.isFinite(value) ? null : value;
}
