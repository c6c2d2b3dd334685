/** Where structure stands on the chart: swings, horizontal lines with their names, bars of volume. No canvas, so that it can be tested. */

export interface SwingMark {
  readonly timeMs: number;
  readonly price: number;
  readonly isHigh: boolean;
  /** When a later bar went beyond it; null: none did. */
  readonly brokenMs: number | null;
  /** Price turned there by several ATR (zigzag). */
  readonly isTurn: boolean;
}

export interface NamedLine {
  readonly name: string;
  readonly kind: string;
  readonly price: number;
  readonly startMs: number;
  /** null: it goes on. */
  readonly endMs: number | null;
}

export interface VolumeBin {
  readonly low: number;
  readonly high: number;
  /** Of the largest one, 0 to 1. */
  readonly share: number;
  readonly isValueArea: boolean;
}

export interface StructurePicture {
  readonly swings: readonly SwingMark[];
  readonly lines: readonly NamedLine[];
  readonly bins: readonly VolumeBin[];
}

export interface Scales {
  readonly xOf: (timeMs: number) => number | null;
  readonly yOf: (price: number) => number | null;
  readonly width: number;
  readonly height: number;
}

export interface PlacedLine {
  readonly line: NamedLine;
  readonly left: number;
  readonly right: number;
  readonly y: number;
  /** null: its name would lie on another's. */
  readonly labelX: number | null;
}

/** CSS pixels between two names. */
const GAP = 13;

/** Lines within the pane, each with its name where there is room: the first ones first. */
export function placeLines(lines: readonly NamedLine[], { xOf, yOf, width, height }: Scales): PlacedLine[] {
  const taken: number[] = [];
  const placed: PlacedLine[] = [];
  for (const line of lines) {
    const [y, start] = [yOf(line.price), xOf(line.startMs)];
    const end = line.endMs === null ? width : xOf(line.endMs);
    if (y === null || start === null || end === null || y < 0 || y > height || end <= 0 || start >= width) continue;
    const [left, right] = [Math.max(start, 0), Math.min(end, width)];
    const hasRoom = taken.every((other) => Math.abs(other - y) >= GAP);
    if (hasRoom) taken.push(y);
    placed.push({ line, left, right, y, labelX: hasRoom ? right : null });
  }
  return placed;
}

export interface PlacedSwing {
  readonly swing: SwingMark;
  readonly x: number;
  readonly y: number;
  /** Until where no later bar went beyond it. */
  readonly right: number;
}

export function placeSwings(swings: readonly SwingMark[], { xOf, yOf, width, height }: Scales): PlacedSwing[] {
  return swings.flatMap((swing) => {
    const [x, y] = [xOf(swing.timeMs), yOf(swing.price)];
    const end = swing.brokenMs === null ? width : xOf(swing.brokenMs);
    if (x === null || y === null || end === null || y < 0 || y > height || x > width || end < 0) return [];
    return [{ swing, x, y, right: Math.min(end, width) }];
  });
}
