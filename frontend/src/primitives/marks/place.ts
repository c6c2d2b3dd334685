/** Where marks of liquidations stand and which one a pointer means: no canvas, so that it can be tested. */

export interface EventMark {
  readonly id: string;
  readonly timeMs: number;
  readonly price: number;
  readonly usd: number;
  /** A forced sell points down, a forced buy up. */
  readonly isSell: boolean;
}

export interface PlacedMark {
  readonly mark: EventMark;
  readonly x: number;
  readonly y: number;
  /** Half of its width, CSS pixels. */
  readonly radius: number;
}

const MIN_RADIUS = 2.5;
const MAX_RADIUS = 14;
const REACH = 4;

/** Area by USD, the largest one at most `MAX_RADIUS`. */
export const radiusOf = (usd: number, largest: number): number =>
  largest > 0 ? Math.max(Math.sqrt(Math.max(usd, 0) / largest) * MAX_RADIUS, MIN_RADIUS) : MIN_RADIUS;

/** Marks in the pane, the largest first so that small ones are drawn on top. */
export function placeMarks(
  marks: readonly EventMark[],
  xOf: (timeMs: number) => number | null,
  yOf: (price: number) => number | null,
  width: number,
  height: number,
): PlacedMark[] {
  const largest = marks.reduce((most, mark) => Math.max(most, mark.usd), 0);
  const placed: PlacedMark[] = [];
  for (const mark of marks) {
    const x = xOf(mark.timeMs);
    const y = yOf(mark.price);
    if (x === null || y === null) continue;
    const radius = radiusOf(mark.usd, largest);
    if (x < -radius || x > width + radius || y < -radius || y > height + radius) continue;
    placed.push({ mark, x, y, radius });
  }
  return placed.sort((a, b) => b.radius - a.radius);
}

/** The topmost mark within reach of a point. */
export function markAt(placed: readonly PlacedMark[], x: number, y: number): EventMark | null {
  for (let index = placed.length - 1; index >= 0; index -= 1) {
    const each = placed[index];
    if (each !== undefined && Math.hypot(each.x - x, each.y - y) <= each.radius + REACH) return each.mark;
  }
  return null;
}
