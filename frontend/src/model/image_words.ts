/** What a picture of the map says beside it: whose figures, of when, how known, and what its colours mean. */

import { formatPrice } from "../format/price";
import { type Clock, clockName, formatFull } from "../format/time";
import { usd } from "../format/usd";
import type { Mode } from "./view_hash";

export interface ImageFacts {
  readonly coin: string;
  /** null: not known. */
  readonly price: number | null;
  /** Of the figures, ms; null: not known. */
  readonly asOfMs: number | null;
  readonly clock: Clock;
  readonly source: string;
  readonly isSimulated: boolean;
  /** What kind of source it is, in the server's word. */
  readonly kind: string;
  /** What the standing line says of how fresh the figures are. */
  readonly fresh: string;
  /** USD per 0.1 % of price at the cold end, in the middle and at the hot end; null: nothing is coloured. */
  readonly densities: readonly [cold: number, middle: number, hot: number] | null;
  /** USD per 0.1 % of price below which nothing is drawn. */
  readonly threshold: number;
  readonly mode: Mode;
  readonly areSidesApart: boolean;
  readonly isJoint: boolean;
  readonly candles: string | null;
  /** A picture that fits the view better is on its way. */
  readonly isLate: boolean;
}

export interface ImageWords {
  readonly coin: string;
  readonly price: string;
  readonly state: string;
  readonly legend: string;
  /** At the left, middle and right of the ramp. */
  readonly ticks: readonly string[];
  readonly notes: readonly string[];
}

export function imageWords(facts: ImageFacts): ImageWords {
  const { coin, price, asOfMs, clock, densities } = facts;
  const time = asOfMs === null ? "time unknown" : formatFull(asOfMs, clock);
  const sides = { both: "longs and shorts", long: "longs only", short: "shorts only" }[facts.mode];
  const isTwo = facts.areSidesApart && facts.mode === "both";
  return {
    coin,
    price: price === null ? `price unknown, ${time}` : `${formatPrice(price)} USD at ${time}`,
    state: stateWords(facts),
    legend: densities === null ? "" : `USD per 0.1 % of price${isTwo ? ": longs above, shorts below" : ""}`,
    ticks: (densities ?? []).map((density, index) => `${usd(density, 3)}${index === 2 ? " and more" : ""}`),
    notes: [
      `liquidation levels of ${sides}${facts.isJoint ? ", all coins move together" : ""}`,
      ...(facts.threshold > 0 ? [`hidden below ${usd(facts.threshold, 3)} per 0.1 %`] : []),
      ...(facts.isLate ? ["the map was still loading"] : []),
      ...(facts.candles === null ? [] : [facts.candles]),
      `source: ${facts.source}`,
      ...(asOfMs === null ? [] : [`times of the chart: ${clockName(asOfMs, clock)}`]),
    ],
  };
}

/** SIMULATED, REPLAY, STORED, LIVE and what else the standing line says, so that a picture out of its page is not taken for more. */
export function stateWords({ isSimulated, kind, fresh }: Pick<ImageFacts, "isSimulated" | "kind" | "fresh">): string {
  if (isSimulated) return `SIMULATED, no real account. ${fresh}`;
  return fresh.toLowerCase().startsWith(kind.toLowerCase()) ? fresh : `${kind}. ${fresh}`;
}

const MAX_COIN = 40;

/** liqscape-BTC-2026-11-29T1934Z.png: letters, digits, - . and _ alone, so that any system takes it. */
export function imageName(coin: string, asOfMs: number | null): string {
  const said = coin.slice(0, MAX_COIN).replace(/[^A-Za-z0-9_]+/g, "-");
  const time = asOfMs === null ? "time-unknown" : `${new Date(asOfMs).toISOString().slice(0, 16).replace(":", "")}Z`;
  return `liqscape-${said}-${time}.png`;
}
