/** Damaged files of the stored history, in words. */

import type { DamageRow } from "../api/schema";
import { formatTime } from "../format/time";

/** All of a damaged file in one sentence. */
export function damageText(row: DamageRow): string {
  const { first_ms: first, last_ms: last } = row;
  const times = first === null || last === null ? "" : `, ${formatTime(first)} to ${formatTime(last)}`;
  const kept = row.kept_as === null ? "" : `, kept as ${row.kept_as}`;
  return `${row.file}${times}: ${row.cause}${kept}; ${row.loss}; ${row.remedy}`;
}
