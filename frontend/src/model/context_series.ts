/** What may stand in the strip under the map: of each its name, how it is drawn, and its figures in words. Pure. */

import type { ContextAnswer } from "../api/schema";
import { formatSize } from "../format/price";
import { formatStep } from "../format/time";
import { percent, UNKNOWN, usd } from "../format/usd";

export const SERIES = [
  "interest",
  "change",
  "funding",
  "usd",
  "accounts",
  "asymmetry",
  "liquidated",
  "cascade",
] as const;
export type SeriesName = (typeof SERIES)[number];
export type Values = readonly (number | null)[];

/** line: a line from its lowest to its highest. bars: from zero, up and down. */
export interface Series {
  readonly name: string;
  /** One sentence: what it is, and which way it is read. */
  readonly meaning: string;
  readonly kind: "line" | "bars";
  /** What is drawn; upwards, and for two-sided bars a second list downwards. */
  readonly values: (answer: ContextAnswer) => Values;
  readonly down?: (answer: ContextAnswer) => Values;
  /** Of the line in the middle; absent: none. */
  readonly middle?: number;
  /** Of bars with one list: which side is above zero and below it; absent: neither. */
  readonly sides?: readonly ["long" | "short", "long" | "short"];
  /** Ends of the scale where it does not follow what is shown. */
  readonly scale?: readonly [low: number, high: number];
  /** The figures of a column. */
  readonly say: (answer: ContextAnswer, column: number) => string;
  /** A value of the scale. */
  readonly tick: (value: number) => string;
}

const at = (values: Values | undefined, column: number): number | null => values?.[column] ?? null;
const known = (value: number | null, say: (value: number) => string): string => (value === null ? UNKNOWN : say(value));
const sign = (value: number): string => (value > 0 ? "+" : value < 0 ? "−" : "");
/** Always with its sign: a rate, a change. */
export const signedPercent = (fraction: number, digits: number): string =>
  `${sign(fraction)}${(Math.abs(fraction) * 100).toFixed(digits)} %`;
const shareOf = (one: number | null, other: number | null): number | null =>
  one === null || other === null || one + other === 0 ? null : one / (one + other);
const shares = (one: Values, other: Values): Values => one.map((value, column) => shareOf(value, at(other, column)));

/** Change of open interest in USD at the mark of the column. */
const changes = (answer: ContextAnswer): Values =>
  answer.open_interest_change.map((coins, column) => {
    const mark = at(answer.mark, column);
    return coins === null || mark === null ? null : coins * mark;
  });

const CASCADE_STATES = ["none", "over", "exhausted", "fading", "starting", "running"] as const;
const STATE_WORDS: Readonly<Record<(typeof CASCADE_STATES)[number], string>> = {
  none: "none",
  over: "over",
  exhausted: "exhausted: nothing left to liquidate near",
  fading: "fading",
  starting: "starting",
  running: "running",
};
const states = (answer: ContextAnswer): Values =>
  answer.cascade_state.map((state) => (state === null ? null : CASCADE_STATES.indexOf(state)));

export const CONTEXT_SERIES: Readonly<Record<SeriesName, Series>> = {
  interest: {
    name: "Open interest",
    meaning: "All open positions of one side, in USD at the price of that time.",
    kind: "line",
    values: (answer) => answer.open_interest_usd,
    say: (answer, column) =>
      known(at(answer.open_interest_usd, column), (value) => {
        const coins = at(answer.open_interest, column);
        return coins === null ? usd(value) : `${usd(value)}, ${formatSize(Number(coins.toPrecision(4)))} coins`;
      }),
    tick: (value) => usd(value, 3),
  },
  change: {
    name: "Open interest change",
    meaning:
      "Positions opened (up) or closed (down) in each step, in USD. A fall while liquidations run is forced closing.",
    kind: "bars",
    values: changes,
    say: (answer, column) =>
      known(changes(answer)[column] ?? null, (value) => `${value > 0 ? "+" : ""}${usd(value, 3)} ${per(answer)}`),
    tick: (value) => usd(value, 2),
  },
  funding: {
    name: "Funding",
    meaning: "What longs pay shorts (above zero) or shorts pay longs (below), as paid at the last full hour.",
    kind: "bars",
    values: (answer) => answer.funding_8h,
    sides: ["long", "short"],
    say: (answer, column) => {
      const year = at(answer.funding_annual, column);
      return known(at(answer.funding_8h, column), (rate) => {
        const who = rate > 0 ? ", longs pay" : rate < 0 ? ", shorts pay" : "";
        return `${signedPercent(rate, 4)} per 8 h${year === null ? "" : `, ${signedPercent(year, 1)} a year`}${who}`;
      });
    },
    tick: (value) => signedPercent(value, 3),
  },
  usd: {
    name: "Share of longs by USD",
    meaning: "Part of the known USD that longs hold. Every long has a short, so it is near half where all are known.",
    kind: "line",
    values: (answer) => shares(answer.long_notional, answer.short_notional),
    middle: 0.5,
    say: (answer, column) => {
      const [long, short] = [at(answer.long_notional, column), at(answer.short_notional, column)];
      return known(shareOf(long, short), (share) => `${percent(share, 1)} long: ${usd(long, 3)} / ${usd(short, 3)}`);
    },
    tick: (value) => percent(value, 1),
  },
  accounts: {
    name: "Share of longs by accounts",
    meaning:
      "Part of the accounts with a known position that are long: many small longs against few large shorts stand out.",
    kind: "line",
    values: (answer) => shares(answer.long_accounts, answer.short_accounts),
    middle: 0.5,
    say: (answer, column) => {
      const [long, short] = [at(answer.long_accounts, column), at(answer.short_accounts, column)];
      return known(shareOf(long, short), (share) => `${percent(share, 1)} long: ${count(long)} / ${count(short)}`);
    },
    tick: (value) => percent(value, 1),
  },
  asymmetry: {
    name: "Asymmetry within 5 %",
    meaning: "Liquidation levels within 5 % of the price: +1 all above (shorts), −1 all below (longs), 0 equal.",
    kind: "line",
    values: (answer) => answer.imbalance["5"] ?? [],
    middle: 0,
    scale: [-1, 1],
    say: (answer, column) => {
      const value = at(answer.imbalance["5"], column);
      if (value === null) return at(answer.mark, column) === null ? UNKNOWN : "no levels within 5 %";
      const more = value > 0 ? ", more shorts above" : value < 0 ? ", more longs below" : "";
      return `${sign(value)}${Math.abs(value).toFixed(2)}${more}`;
    },
    tick: (value) => `${sign(value)}${Math.abs(value)}`,
  },
  liquidated: {
    name: "Liquidated",
    meaning: "USD of shorts (up) and longs (down) whose liquidation began in each step.",
    kind: "bars",
    values: (answer) => answer.liquidated_short_usd,
    down: (answer) => answer.liquidated_long_usd,
    sides: ["short", "long"],
    say: (answer, column) => {
      const [long, short] = [at(answer.liquidated_long_usd, column), at(answer.liquidated_short_usd, column)];
      if (long === null && short === null) return UNKNOWN;
      return `longs ${usd(long, 3)}, shorts ${usd(short, 3)} ${per(answer)}`;
    },
    tick: (value) => usd(Math.abs(value), 2),
  },
  cascade: {
    name: "Cascade",
    meaning:
      "Liquidations that cause each other: the worst state in each step, running at the top, none at the bottom.",
    kind: "bars",
    values: states,
    scale: [0, CASCADE_STATES.length - 1],
    say: (answer, column) => {
      const state = answer.cascade_state[column] ?? null;
      return state === null ? "not watched" : STATE_WORDS[state];
    },
    tick: (value) => CASCADE_STATES[value] ?? "",
  },
};

const per = (answer: ContextAnswer): string => `per ${formatStep(answer.step_ms)}`;
const count = (value: number | null): string => (value === null ? UNKNOWN : value.toLocaleString("en-US"));

/** The column of a time, or null: outside of what was answered. */
export function columnAt(answer: ContextAnswer, timeMs: number): number | null {
  const column = Math.floor((timeMs - answer.start_ms) / answer.step_ms);
  return column >= 0 && column < answer.columns ? column : null;
}

/** The newest column with a frame that ends no later than a time on screen; null: none. */
export function lastColumn(answer: ContextAnswer, untilMs: number): number | null {
  for (let column = answer.columns - 1; column >= 0; column -= 1) {
    const time = at(answer.time_ms, column);
    if (time !== null && answer.start_ms + column * answer.step_ms <= untilMs) return column;
  }
  return null;
}

/** Lowest and highest of what is on screen, with zero for bars and the middle for lines about one; null: nothing known. */
export function scaleOf(
  series: Series,
  answer: ContextAnswer,
  fromMs: number,
  untilMs: number,
): [number, number] | null {
  if (series.scale !== undefined) return [...series.scale];
  let [low, high] = [Infinity, -Infinity];
  const take = (value: number | null, way: number): void => {
    if (value === null) return;
    low = Math.min(low, way * value);
    high = Math.max(high, way * value);
  };
  const first = Math.max(Math.floor((fromMs - answer.start_ms) / answer.step_ms), 0);
  const last = Math.min(Math.floor((untilMs - answer.start_ms) / answer.step_ms), answer.columns - 1);
  const [up, down] = [series.values(answer), series.down?.(answer)];
  for (let column = first; column <= last; column += 1) {
    take(at(up, column), 1);
    if (down !== undefined) take(at(down, column), -1);
  }
  if (low > high) return null;
  if (series.kind === "bars") [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  if (series.middle !== undefined) [low, high] = [Math.min(low, series.middle), Math.max(high, series.middle)];
  if (low === high) {
    const room = Math.abs(low) * 0.01 || 1;
    return series.kind === "bars" ? [low, high + room] : [low - room, high + room];
  }
  return [low, high];
}
