/** Places on the chart, and where its scales put times and prices. */

/** A place on the chart under the pointer, in CSS pixels of the pane and in the units of its axes. */
export interface PointerPlace {
  readonly x: number;
  readonly y: number;
  readonly timeMs: number;
  readonly price: number;
}

/** Where times and prices stand, CSS pixels of the pane; null: nowhere yet. */
export interface ChartAxes {
  readonly xOf: (timeMs: number) => number | null;
  readonly yOf: (price: number) => number | null;
  readonly timeOf: (x: number) => number | null;
  readonly priceOf: (y: number) => number | null;
  /** Of the pane, without the axes. */
  readonly width: number;
  readonly height: number;
  /** Of the pane within the plot. */
  readonly left: number;
}
