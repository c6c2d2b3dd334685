/** Where spans of prices stand at the right edge of the pane, and which one a pointer means: no canvas, so that it can be tested. */

/** Prices [low, high) that hold much of one side. */
export interface PriceMark {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly isLong: boolean;
  readonly usd: number;
  /** Said where it is chosen. */
  readonly text: string;
}

export interface PlacedSpan {
  readonly mark: PriceMark;
  readonly top: number;
  readonly bottom: number;
  /** CSS pixels from the right edge inwards. */
  readonly width: number;
}

const MIN_WIDTH = 3;
const MAX_WIDTH = 16;
/** A span far out is still a line. */
const MIN_HEIGHT = 2;
/** Pixels from the right edge in which the pointer means a mark and not a cell. */
export const EDGE = 22;
const REACH = 3;

/** Width by USD: its square root, so that a tenth still shows; the largest is widest. */
export const widthOf = (usd: number, largest: number): number =>
  largest > 0 ? Math.max(Math.sqrt(Math.max(usd, 0) / largest) * MAX_WIDTH, MIN_WIDTH) : MIN_WIDTH;

/** Spans that reach into the pane, the widest first so that thin ones are drawn on top. */
export function placeSpans(
  marks: readonly PriceMark[],
  yOf: (price: number) => number | null,
  height: number,
): PlacedSpan[] {
  const largest = marks.reduce((most, mark) => Math.max(most, mark.usd), 0);
  const placed: PlacedSpan[] = [];
  for (const mark of marks) {
    const [high, low] = [yOf(mark.high), yOf(mark.low)];
    if (high === null || low === null || low < 0 || high > height) continue;
    const middle = (high + low) / 2;
    const half = Math.max((low - high) / 2, MIN_HEIGHT / 2);
    placed.push({ mark, top: middle - half, bottom: middle + half, width: widthOf(mark.usd, largest) });
  }
  return placed.sort((a, b) => b.width - a.width);
}

/** The mark at the edge that a point means: the one whose middle is nearest among those within reach. */
export function spanAt(placed: readonly PlacedSpan[], x: number, y: number, paneWidth: number): PriceMark | null {
  if (x < paneWidth - EDGE || x > paneWidth) return null;
  let best: PlacedSpan | null = null;
  const away = (each: PlacedSpan): number => Math.abs((each.top + each.bottom) / 2 - y);
  for (const each of placed) {
    const isHere = y >= each.top - REACH && y <= each.bottom + REACH;
    if (isHere && (best === null || away(each) < away(best))) best = each;
  }
  return best?.mark ?? null;
}
