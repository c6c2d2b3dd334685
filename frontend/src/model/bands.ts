/** The bands of one coin now: a snapshot with the stream's changes applied, summed to rows of any level. */

import type { BandChanges, Frame, FrameChange, Side } from "../api/schema";

interface BandRow {
  readonly band: number;
  readonly side: Side;
  readonly size: number;
  readonly firstOrderSize: number;
  readonly positionCount: number;
}

export interface ProfileRow {
  readonly band: number;
  /** USD at mark. */
  long: number;
  short: number;
}

export class CurrentBands {
  private readonly rows = new Map<string, BandRow>();
  mark: number | null;

  constructor(frame: Frame) {
    this.mark = frame.mark;
    this.take(frame.bands);
  }

  /** Changed rows replace, rows of size 0 go; the rest move on with the mark. */
  apply(change: FrameChange): void {
    this.mark = change.mark;
    this.take(change.changes);
  }

  private take(columns: BandChanges): void {
    columns.band.forEach((band, index) => {
      const side = columns.side[index] ?? 1;
      const size = columns.size[index] ?? 0;
      const key = `${band}/${side}/${columns.quality[index]}`;
      if (size === 0) this.rows.delete(key);
      else
        this.rows.set(key, {
          band,
          side,
          size,
          firstOrderSize: columns.first_order_size?.[index] ?? 0,
          positionCount: columns.position_count[index] ?? 0,
        });
    });
  }

  get count(): number {
    return this.rows.size;
  }

  /** Sums by band of a level, USD at mark, by price; empty where the mark is unknown. */
  profile(level: number): ProfileRow[] {
    const mark = this.mark;
    if (mark === null) return [];
    const sums = new Map<number, ProfileRow>();
    for (const row of this.rows.values()) {
      const band = row.band >> level;
      let sum = sums.get(band);
      if (sum === undefined) sums.set(band, (sum = { band, long: 0, short: 0 }));
      if (row.side === 1) sum.long += row.size * mark;
      else sum.short += row.size * mark;
    }
    return [...sums.values()].sort((a, b) => a.band - b.band);
  }

  /** Part of the banded coins that the engine sends to the book at once; null without bands. */
  firstOrderShare(): number | null {
    let size = 0;
    let first = 0;
    for (const row of this.rows.values()) {
      size += row.size;
      first += row.firstOrderSize;
    }
    return size > 0 ? first / size : null;
  }
}
