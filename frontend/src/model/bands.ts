/** The bands of one coin now: all that is told of a view with its changes applied, summed to rows of any level. */

import type { BandRows, Side } from "../api/schema";

interface BandRow {
  readonly band: number;
  readonly side: Side;
  readonly size: number;
}

export interface ProfileRow {
  readonly band: number;
  /** USD at mark. */
  long: number;
  short: number;
}

/** Rows with the level of their bands. */
export interface LevelRows {
  readonly level: number;
  readonly rows: readonly ProfileRow[];
}

export class CurrentBands {
  private readonly rows = new Map<string, BandRow>();

  constructor(
    public mark: number | null,
    readonly level: number,
    columns: BandRows,
    /** What tells rows of a band and side apart. */
    qualities: readonly string[] = [],
  ) {
    this.take(columns, qualities);
  }

  /** Changed rows replace, rows of size 0 go; the rest move on with the mark. */
  apply(mark: number | null, changes: BandRows): void {
    this.mark = mark;
    this.take(changes, []);
  }

  private take(columns: BandRows, qualities: readonly string[]): void {
    columns.band.forEach((band, index) => {
      const side = columns.side[index] ?? 1;
      const size = columns.size[index] ?? 0;
      const key = `${band}/${side}/${qualities[index] ?? ""}`;
      if (size === 0) this.rows.delete(key);
      else this.rows.set(key, { band, side, size });
    });
  }

  get count(): number {
    return this.rows.size;
  }

  /** Sums by band of a level, or of the rows' own where that is coarser, USD at mark, by price; empty where the mark is unknown. */
  profile(wanted: number): LevelRows {
    const mark = this.mark;
    const level = Math.max(wanted, this.level);
    if (mark === null) return { level, rows: [] };
    const sums = new Map<number, ProfileRow>();
    for (const row of this.rows.values()) {
      const band = row.band >> (level - this.level);
      let sum = sums.get(band);
      if (sum === undefined) {
        sum = { band, long: 0, short: 0 };
        sums.set(band, sum);
      }
      if (row.side === 1) sum.long += row.size * mark;
      else sum.short += row.size * mark;
    }
    return { level, rows: [...sums.values()].sort((a, b) => a.band - b.band) };
  }
}
