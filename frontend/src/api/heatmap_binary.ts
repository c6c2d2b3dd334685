/** The binary form of a heatmap window: "LQH1", header length, JSON header, arrays (docs/api.md). */

import type { HeatmapWindow } from "../model/window";
import type { HeatmapHeader } from "./schema";

const MAGIC = "LQH1";
const PREFIX_BYTES = 8;

/** Views into the answer, nothing is copied. Throws RangeError where the bytes are not a whole window. */
export function decodeHeatmap(bytes: ArrayBuffer): HeatmapWindow {
  if (bytes.byteLength < PREFIX_BYTES) throw new RangeError(`heatmap window of ${bytes.byteLength} bytes`);
  const magic = String.fromCharCode(...new Uint8Array(bytes, 0, 4));
  if (magic !== MAGIC) throw new RangeError(`heatmap window starts with ${JSON.stringify(magic)}, not ${MAGIC}`);
  const headerBytes = new DataView(bytes).getUint32(4, true);
  let offset = PREFIX_BYTES + headerBytes;
  if (offset > bytes.byteLength) throw new RangeError(`heatmap header of ${headerBytes} bytes is cut`);
  const header = JSON.parse(
    new TextDecoder().decode(new Uint8Array(bytes, PREFIX_BYTES, headerBytes)),
  ) as HeatmapHeader;
  const cells = header.rows * header.columns;
  const wanted = offset + 16 * header.columns + 8 * cells;
  if (bytes.byteLength !== wanted) throw new RangeError(`heatmap window of ${bytes.byteLength} bytes, not ${wanted}`);
  const asOf = new Float64Array(bytes, offset, header.columns);
  offset += 8 * header.columns;
  const mark = new Float64Array(bytes, offset, header.columns);
  offset += 8 * header.columns;
  const long = new Float32Array(bytes, offset, cells);
  const short = new Float32Array(bytes, offset + 4 * cells, cells);
  return { ...header, asOf, mark, long, short };
}
