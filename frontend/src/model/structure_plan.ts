/** The structure of a coin as a picture, and in words. */

import type { StructureAnswer } from "../api/structure";
import { formatPrice } from "../format/price";
import { formatAge } from "../format/time";
import type { StructurePicture, SwingMark } from "../primitives/structure";

/** Those that matter most have their names first. */
const ORDER: readonly string[] = ["range", "month", "session", "profile"];

export function structurePicture(answer: StructureAnswer): StructurePicture {
  const { profile } = answer;
  const largest = Math.max(...(profile?.bins ?? []).map((bin) => bin.size), Number.MIN_VALUE);
  return {
    swings: swingsOf(answer),
    lines: [...answer.lines]
      .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
      .map((line) => ({
        name: line.name,
        kind: line.kind,
        price: line.price,
        startMs: line.start_ms,
        endMs: line.end_ms,
      })),
    bins: (profile?.bins ?? []).map((bin) => ({
      low: bin.price_low,
      high: bin.price_high,
      share: bin.size / largest,
      isValueArea:
        profile !== null && bin.price_high > profile.value_area_low && bin.price_low < profile.value_area_high,
    })),
  };
}

/** Those that both rules mark once. */
function swingsOf(answer: StructureAnswer): SwingMark[] {
  const marks = new Map<string, SwingMark>();
  for (const swing of answer.swings) {
    const key = `${swing.side} ${swing.time_ms}`;
    const isTurn = swing.kind === "zigzag" || marks.get(key)?.isTurn === true;
    const { price, time_ms: timeMs, broken_ms: brokenMs } = swing;
    marks.set(key, { timeMs, price, isHigh: swing.side === "high", brokenMs, isTurn });
  }
  return [...marks.values()];
}

/** What it was made of, and what of it is not known. */
export function structureNotes(answer: StructureAnswer): string[] {
  const { source, bar_count: bars, atr, mark, profile, profile_note: why } = answer;
  const from =
    source === null
      ? "No candle is known."
      : `From ${bars} bars: ${source.name}${source.kind === "mark_path" ? ", marks and not trades" : ""}.`;
  const wide =
    atr === null
      ? "ATR(14, 1 h) unknown."
      : `ATR(14, 1 h) ${formatPrice(atr)} USD${mark === null ? "" : `, ${((atr / mark) * 100).toFixed(2)} %`}.`;
  const volume =
    profile === null
      ? `Volume profile: ${why ?? "unknown"}`
      : `Volume of ${formatAge(profile.end_ms - profile.start_ms)}, ${profile.source}.`;
  return [from, wide, volume, ...answer.notes];
}
