/** The view as a link carries it: #BTC&range=1d&side=split&low=84000&high=90000&layers=events,book&account=0x… */

import { isAddress } from "../format/address";
import { type Held, isHeld } from "./held";
import { DEFAULT_LAYERS, isLayer, type LayerName } from "./layers";
import type { PriceSpan } from "./price_span";
import { isRange, type RangeName } from "./time_range";

export const MODES = ["both", "long", "short"] as const;
export type Mode = (typeof MODES)[number];

/** solo: each coin moves alone. joint: all coins move with BTC. */
export const LEVELS = ["solo", "joint"] as const;
export type Levels = (typeof LEVELS)[number];

/** The clock that times are written in. */
export const ZONES = ["utc", "local"] as const;
export type Zone = (typeof ZONES)[number];

/** A trade that is thought about: its prices, USD, and whether it is a long. */
export interface PlannedTrade {
  readonly isLong: boolean;
  readonly entry: number;
  readonly stop: number;
}

export interface LinkedView {
  readonly coin: string | null;
  readonly range: RangeName;
  readonly mode: Mode;
  readonly levels: Levels;
  /** Clusters are listed whose coins have stood there for so long. */
  readonly held: Held;
  /** Times on screen, ms; null: the range. */
  readonly span: { readonly startMs: number; readonly endMs: number } | null;
  /** Prices on screen; null: the scale follows. */
  readonly prices: PriceSpan | null;
  /** The moment that is looked at, ms; null: the newest. */
  readonly at: number | null;
  /** A palette by name; null: the reader's own. */
  readonly palette: string | null;
  /** USD per 0.1 % of price from which cells are drawn; null: the reader's own. */
  readonly least: number | null;
  readonly layers: readonly LayerName[];
  /** The identity of the chosen cluster. */
  readonly cluster: string | null;
  /** The account whose page is open. */
  readonly account: string | null;
  /** Entry and stop on the map; null: none are. */
  readonly trade: PlannedTrade | null;
  readonly zone: Zone;
  /** Further coins beside the first. */
  readonly beside: readonly string[];
  /** The map alone, for another page to show. */
  readonly isEmbedded: boolean;
}

export const DEFAULT_VIEW: LinkedView = {
  coin: null,
  range: "7d",
  mode: "both",
  levels: "solo",
  held: "any",
  span: null,
  prices: null,
  at: null,
  palette: null,
  least: null,
  layers: DEFAULT_LAYERS,
  cluster: null,
  account: null,
  trade: null,
  zone: "utc",
  beside: [],
  isEmbedded: false,
};

/** Four coins at once: more are too small to be read. */
export const MAX_BESIDE = 3;

/** Unknown parts of a hash are ignored: an old link still opens. */
export function parseHash(hash: string): LinkedView {
  const [first = "", ...rest] = hash.replace(/^#/, "").split("&");
  const parts = new Map<string, string>();
  for (const part of rest) {
    const [name = "", ...value] = part.split("=");
    const text = decoded(value.join("="));
    if (text !== null) parts.set(name, text);
  }
  const word = <T>(name: string, is: (text: string) => boolean, otherwise: T): T => {
    const text = parts.get(name);
    return text !== undefined && is(text) ? (text as T) : otherwise;
  };
  const number = (name: string): number | null => {
    const value = Number(parts.get(name) ?? "");
    return value > 0 && Number.isFinite(value) ? value : null;
  };
  const among = (all: readonly string[]) => (text: string) => all.includes(text);
  const isThere = (text: string): boolean => text !== "";
  const [from, to, low, high] = [number("from"), number("to"), number("low"), number("high")];
  const [entry, stop] = [number("entry"), number("stop")];
  const trade = word("trade", among(["long", "short"]), null);
  return {
    coin: first === "" ? null : decoded(first),
    range: word("range", isRange, DEFAULT_VIEW.range),
    mode: word("side", among(MODES), DEFAULT_VIEW.mode),
    levels: word("levels", among(LEVELS), DEFAULT_VIEW.levels),
    held: word("held", isHeld, DEFAULT_VIEW.held),
    span: from !== null && to !== null && from < to ? { startMs: from, endMs: to } : null,
    prices: low !== null && high !== null && low < high ? { low, high } : null,
    at: number("at"),
    // Once a mode of its own: both sides, told apart by hue.
    palette: word("palette", isThere, parts.get("side") === "split" ? "sides" : null),
    least: number("least"),
    layers: parts.has("layers") ? listed(parts.get("layers")).filter(isLayer) : DEFAULT_LAYERS,
    cluster: word("cluster", isThere, null),
    account: word("account", isAddress, null),
    trade: trade !== null && entry !== null && stop !== null ? { isLong: trade === "long", entry, stop } : null,
    zone: word("zone", among(ZONES), DEFAULT_VIEW.zone),
    beside: listed(parts.get("beside")).slice(0, MAX_BESIDE),
    isEmbedded: parts.get("embed") === "1",
  };
}

/** Only what is not as it is by default. */
export function formatHash(view: LinkedView): string {
  const { span, prices, trade } = view;
  const parts: readonly (readonly [name: string, value: string | number | null])[] = [
    ["range", unless(view.range, DEFAULT_VIEW.range)],
    ["side", unless(view.mode, DEFAULT_VIEW.mode)],
    ["levels", unless(view.levels, DEFAULT_VIEW.levels)],
    ["held", unless(view.held, DEFAULT_VIEW.held)],
    ["from", span === null ? null : Math.round(span.startMs)],
    ["to", span === null ? null : Math.round(span.endMs)],
    ["low", prices === null ? null : Number(prices.low.toPrecision(6))],
    ["high", prices === null ? null : Number(prices.high.toPrecision(6))],
    ["at", view.at],
    ["palette", view.palette],
    ["least", view.least === null ? null : Number(view.least.toPrecision(3))],
    ["layers", unless(view.layers.join(","), DEFAULT_LAYERS.join(","))],
    ["cluster", view.cluster],
    ["account", view.account],
    ["trade", trade === null ? null : trade.isLong ? "long" : "short"],
    ["entry", trade?.entry ?? null],
    ["stop", trade?.stop ?? null],
    ["zone", unless(view.zone, DEFAULT_VIEW.zone)],
    ["beside", unless(view.beside.join(","), "")],
    ["embed", view.isEmbedded ? 1 : null],
  ];
  const said = parts.flatMap(([name, value]) => (value === null ? [] : [`${name}=${encoded(String(value))}`]));
  return `#${[encodeURIComponent(view.coin ?? ""), ...said].join("&")}`;
}

const unless = (value: string, usual: string): string | null => (value === usual ? null : value);
const listed = (text: string | undefined): string[] => (text ?? "").split(",").filter((part) => part !== "");
/** Commas and colons are read by people: they stay. */
const encoded = (text: string): string => encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%3A", ":");

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
