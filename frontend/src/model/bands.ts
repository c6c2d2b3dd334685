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
  private constructor(
    readonly mark: number | null,
    readonly level: number,
    private readonly rows: ReadonlyMap<string, BandRow>,
  ) {}

  /** `qualities` tell rows of a band and side apart. */
  static of(mark: number | null, level: number, columns: BandRows, qualities: readonly string[] = []): CurrentBands {
    return new CurrentBands(mark, level, taken(new Map(), columns, qualities));
  }

  /** Changed rows replace, rows of size 0 go; the rest move on with the mark. */
  changed(mark: number | null, changes: BandRows): CurrentBands {
    return new CurrentBands(mark, this.level, taken(new Map(this.rows), changes, []));
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

function taken(rows: Map<string, BandRow>, columns: BandRows, qualities: readonly string[]): Map<string, BandRow> {
  columns.band.forEach((band, index) => {
    const side = columns.side[index] ?? 1;
    const size = columns.size[index] ?? 0;
    const key = `${band}/${side}/${qualities[index] ?? ""}`;
    if (size === 0) rows.delete(key);
    else rows.set(key, { band, side, size });
  });
  return rows;
}
