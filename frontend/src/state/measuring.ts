/** What a reader measures on the map: two points, own lines of each coin, and the price pointed at in the profile. */

import { batch, signal } from "@preact/signals";
import { toTick } from "../model/price_ticks";
import { keep, readKept } from "./kept";
import type { PageState } from "./page_state";

export interface MeasuredPoint {
  readonly timeMs: number;
  readonly price: number;
}

/** first, second: the point that is being set; done: both stand. */
export type MeasureStep = "off" | "first" | "second" | "done";

type LinesByCoin = Readonly<Record<string, readonly number[]>>;

const NAME = "lines";
const MAX_LINES = 20;

export class Measuring {
  readonly step = signal<MeasureStep>("off");
  readonly from = signal<MeasuredPoint | null>(null);
  readonly to = signal<MeasuredPoint | null>(null);
  /** Pointed at in the profile, USD. */
  readonly profilePrice = signal<number | null>(null);
  /** Prices of own lines by coin, kept in the browser. */
  readonly lines = signal<LinesByCoin>(savedLines());
}

/** From the mark, in the middle of what is on screen, for who measures by keys. */
export function startMeasuring(page: PageState): void {
  const [area, mark] = [page.visible.value, page.mark.value];
  if (area === null) return;
  const isSeen = mark !== null && mark > area.lowPrice && mark < area.highPrice;
  const price = isSeen ? mark : Math.sqrt(area.lowPrice * area.highPrice);
  batch(() => {
    page.measuring.from.value = { timeMs: (area.startMs + area.endMs) / 2, price };
    page.measuring.to.value = null;
    page.measuring.step.value = "first";
  });
}

export function endMeasuring(page: PageState): void {
  batch(() => {
    page.measuring.step.value = "off";
    page.measuring.from.value = page.measuring.to.value = null;
  });
}

export const toggleMeasuring = (page: PageState): void =>
  page.measuring.step.value === "off" ? startMeasuring(page) : endMeasuring(page);

/** The point that is being set goes here. */
export function measureTo(page: PageState, point: MeasuredPoint): void {
  const { step, from, to } = page.measuring;
  if (step.value === "first") from.value = point;
  else if (step.value === "second") to.value = point;
}

/** The point that is being set stands. */
export function fixPoint(page: PageState): void {
  const { step, from, to } = page.measuring;
  batch(() => {
    if (step.value === "first") {
      to.value = from.value;
      step.value = "second";
    } else if (step.value === "second") step.value = "done";
  });
}

export function linesOf(page: PageState): readonly number[] {
  const coin = page.coin.value;
  return coin === null ? [] : (page.measuring.lines.value[coin] ?? []);
}

/** A line at the price that is pointed at, else halfway from the mark to the highest price on screen. The most recent ones stay. */
export function addLine(page: PageState): void {
  const area = page.visible.value;
  if (area === null) return;
  const from = page.mark.value ?? area.lowPrice;
  const price = page.pointer.value?.price ?? Math.sqrt(Math.max(from, area.lowPrice) * area.highPrice);
  setLines(page, [...linesOf(page), toTick(price)].slice(-MAX_LINES));
}

export function moveLine(page: PageState, index: number, price: number): void {
  if (!(price > 0)) return;
  setLines(
    page,
    linesOf(page).map((each, at) => (at === index ? toTick(price) : each)),
  );
}

export function removeLine(page: PageState, index: number): void {
  setLines(
    page,
    linesOf(page).filter((_, at) => at !== index),
  );
}

function setLines(page: PageState, prices: readonly number[]): void {
  const coin = page.coin.value;
  if (coin === null) return;
  const { [coin]: _, ...others } = page.measuring.lines.value;
  page.measuring.lines.value = prices.length === 0 ? others : { ...others, [coin]: prices };
  keep(NAME, page.measuring.lines.value);
}

/** What is not a list of prices is left out. */
function savedLines(): LinesByCoin {
  const saved = readKept(NAME);
  if (typeof saved !== "object" || saved === null) return {};
  const isPrice = (price: unknown): price is number => typeof price === "number" && price > 0 && Number.isFinite(price);
  return Object.fromEntries(
    Object.entries(saved).flatMap(([coin, prices]) =>
      Array.isArray(prices) ? [[coin, prices.filter(isPrice).slice(-MAX_LINES)] as const] : [],
    ),
  );
}
