/** Tables as CSV (RFC 4180): numbers as they are, unknown empty, and no text that a spreadsheet would take for a formula. */

/** null, undefined and NaN are unknown. */
export type CsvCell = string | number | boolean | null | undefined;

export interface CsvTable {
  /** With their units. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly CsvCell[])[];
}

/** With a line of names; lines end with CR LF. */
export const csvText = ({ columns, rows }: CsvTable): string =>
  [columns, ...rows].map((row) => `${row.map(cellText).join(",")}\r\n`).join("");

/** A spreadsheet takes text that begins so for a formula, which may send what stands beside it elsewhere (OWASP, CSV injection). */
const FORMULA = /^[\s]*[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

function cellText(cell: CsvCell): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "number") return Number.isFinite(cell) ? String(cell) : "";
  if (typeof cell === "boolean") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** 2026-11-29T19:34:00.000Z; unknown is empty. */
export const csvTime = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : new Date(ms).toISOString();

const MAX_NAME = 100;

/** liqscape_BTC_clusters_2026-11-29T19-34-00Z.csv: letters, digits, - . and _ alone, so that any system takes it. */
export function csvName(parts: readonly string[], timeMs: number): string {
  const time = new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
  const said = ["liqscape", ...parts].join("_").slice(0, MAX_NAME);
  return `${`${said}_${time}`.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/\.{2,}/g, ".")}.csv`;
}
