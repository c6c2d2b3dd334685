/** Made-up windows: figures from a formula, the same on every machine. */

import type { HeatmapWindow } from "../model/window";

/** A generator of 32-bit numbers (xorshift), mapped to [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export interface WindowShape {
  readonly rows: number;
  readonly columns: number;
  /** Part of the cells that hold something. */
  readonly density: number;
  /** Columns without a frame. */
  readonly holes: readonly number[];
  readonly startMs: number;
  readonly stepMs: number;
  readonly firstBand: number;
  readonly level: number;
}

export function madeUpWindow(shape: WindowShape): HeatmapWindow {
  const { rows, columns } = shape;
  const next = random(7);
  const long = new Float32Array(rows * columns);
  const short = new Float32Array(rows * columns);
  const asOf = Float64Array.from({ length: columns }, (_, column) =>
    shape.holes.includes(column) ? -1 : shape.startMs + column * shape.stepMs,
  );
  let maximum = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const index = row * columns + column;
      const usd = next() < shape.density ? 10 ** (3 + 4 * next()) : 0;
      const share = row * 2 < rows ? 1 : row * 3 < rows * 2 ? next() : 0;
      const isHole = (asOf[column] ?? -1) < 0;
      long[index] = isHole ? NaN : usd * share;
      short[index] = isHole ? NaN : usd * (1 - share);
      maximum = Math.max(maximum, isHole ? 0 : usd);
    }
  }
  return {
    provenance: { kind: "generated", name: "made up", is_simulated: true, note: "" },
    as_of_ms: shape.startMs,
    coin: "TEST",
    damaged: [],
    value: "mark",
    mode: "solo",
    betas_origins: null,
    lone: null,
    lone_rule: null,
    level: shape.level,
    first_band: shape.firstBand,
    rows,
    columns,
    start_ms: shape.startMs,
    step_ms: shape.stepMs,
    log_width: Math.log1p(0.0005),
    maximum,
    quantiles: { "0.5": 1e5, "0.9": 4e6, "0.99": 9e6 },
    asOf,
    mark: new Float64Array(columns).fill(50_000),
    long,
    short,
  };
}

/** The window as the server's answer has it. */
export function bytesOf(window: HeatmapWindow): ArrayBuffer {
  const { asOf, mark, long, short, ...header } = window;
  const text = JSON.stringify(header);
  const padded = text + " ".repeat(7 - ((text.length + 7) % 8));
  const parts = [new TextEncoder().encode(padded), asOf, mark, long, short];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 8));
  bytes.set(new TextEncoder().encode("LQH1"));
  new DataView(bytes.buffer).setUint32(4, padded.length, true);
  let offset = 8;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), offset);
    offset += part.byteLength;
  }
  return bytes.buffer;
}
