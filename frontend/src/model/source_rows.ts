/** What is known of the sources of a live map, as names and what they are. */

import type { DoubtRow, SourceRow, SourcesAnswer } from "../api/sources";
import { formatBytes } from "../format/bytes";
import { formatPrice } from "../format/price";
import { formatAge, formatDelay, formatTime } from "../format/time";
import { DOUBT_SIGN } from "./freshness";

/** Milliseconds by which two good clocks may differ. */
const CLOCK_ERROR_MS = 1_000;

export type Row = [name: string, value: string];

export const count = (value: number): string => value.toLocaleString("en-US");

export function feedRows(answer: SourcesAnswer): Row[] {
  return [
    ["state", answer.state],
    ["newest data", `${formatAge(answer.age_ms)} old`],
    [
      "delay until readers have it",
      `${formatDelay(answer.latency.p50_ms)}, 99 % within ${formatDelay(answer.latency.p99_ms)}`,
    ],
    [
      "age of account readings",
      `half within ${formatAge(answer.ages.median_ms)}, oldest ${formatAge(answer.ages.oldest_ms)}`,
    ],
    ["accounts read", `${count(answer.ledger.accounts)}, ${count(answer.ledger.unsure)} to be read again`],
    ["not yet read on other dexs", `${count(answer.ledger.unsearched ?? 0)} accounts`],
    ["positions", count(answer.ledger.positions)],
    ["map pictures made", count(answer.frames)],
    ["records that could not be read", count(answer.unusable_records)],
    ["accounts of which a part could not be read", count(answer.partial_states)],
    ["rows left out as too small to matter", count(answer.skipped_rows)],
    ["readings set aside as implausible", count(answer.flagged_readings ?? 0)],
    ...(answer.doubts ?? []).map((row): Row => [`${DOUBT_SIGN} ${row.coin} in doubt`, doubtText(row)]),
  ];
}

export function doubtText(row: DoubtRow): string {
  const kept =
    row.mark === null
      ? "its mark is not known"
      : `mark ${formatPrice(row.mark)} of ${formatAge(row.age_ms)} ago is kept`;
  return `${row.reasons.join("; ")}: ${kept}${row.reported === null ? "" : `, told is ${formatPrice(row.reported)}`}`;
}

/** Receipt minus venue time; well below zero only where the clock of the server is wrong. */
export function lagText(lagMs: number | null): string {
  if (lagMs === null) return "";
  return lagMs < -CLOCK_ERROR_MS
    ? `clock ${formatDelay(-lagMs)} behind the exchange`
    : `lag ${formatDelay(Math.max(lagMs, 0))}`;
}

/** What was heard of a source, and how often it was lost. */
export function sourceFacts(row: SourceRow, nowMs: number): string {
  const facts = [
    row.last_message_ms !== null
      ? `heard ${formatAge(nowMs - row.last_message_ms)} ago`
      : row.messages === 0
        ? "nothing heard yet"
        : "",
    lagText(row.lag_ms),
    `messages ${count(row.messages)}`,
    `reconnects ${count(row.reconnects)}`,
    `gaps ${count(row.gaps)}`,
  ];
  return facts.filter((fact) => fact !== "").join(", ");
}

/** Connected for 4 min. A silent connection stands since it was made, not since it fell silent. */
export const stateText = (row: SourceRow, nowMs: number): string =>
  row.state + (row.since_ms === null || row.state === "stale" ? "" : ` for ${formatAge(nowMs - row.since_ms)}`);

export function limitRows(answer: SourcesAnswer): Row[] {
  const { limits, state_streams: streams } = answer;
  const followed: Row[] =
    streams === null
      ? []
      : [
          ["accounts followed live", `${count(streams.followed)} of ${count(streams.allowed)}`],
          ["accounts read in turns", `${count(streams.turn_states)}${streams.is_paused ? ", paused" : ""}`],
        ];
  const weight: Row[] =
    limits === null
      ? []
      : [
          [
            "request allowance used a minute",
            `${count(Math.round(limits.weight_used))} of ${limits.weight_limit === null ? "no limit" : count(Math.round(limits.weight_limit))}`,
          ],
          ["requests waiting their turn", count(limits.waiting)],
          ["requests refused by the exchange", count(limits.refused)],
        ];
  return [
    ...weight,
    ...followed,
    ...answer.requests.map((row): Row => [`requests ${row.outcome}`, count(row.count)]),
    ...loadingRows(answer.loading),
    ...answer.queues.map(
      (row): Row => [row.queue, `${count(row.depth)}${row.most === null ? "" : ` of ${count(row.most)}`}`],
    ),
  ];
}

function loadingRows(loading: SourcesAnswer["loading"]): Row[] {
  if (loading === null) return [];
  const total = loading.total === null ? "an unknown number" : count(loading.total);
  return [["loading known addresses", `${count(loading.loaded)} of ${total}`]];
}

export function diskRows(answer: SourcesAnswer): Row[] {
  return [
    ...answer.disk.parts.map((row): Row => [row.part.replace("_", " "), formatBytes(row.bytes)]),
    ["disk free", formatBytes(answer.disk.free_bytes)],
    ...roomRows(answer.disk.history),
    ...answer.disk.troubles.map((row): Row => {
      const part = row.part.replace("_", " ");
      if (row.not_stored_since_ms === null) return [`${part} has a hole`, `${count(row.lost)} entries lost`];
      return [
        `${part} NOT STORED`,
        `since ${formatTime(row.not_stored_since_ms)}, ${count(row.waiting)} wait, ${count(row.lost)} lost`,
      ];
    }),
    ...answer.register.map((row): Row => [`addresses: ${row.source.replace("_", " ")}`, count(row.addresses)]),
  ];
}

function roomRows(history: SourcesAnswer["disk"]["history"]): Row[] {
  if (history === null) return [];
  const days = history.days_until_full;
  return [
    ["history grows by", `${formatBytes(history.bytes_a_day)} a day`],
    ...(days === null
      ? []
      : [
          [
            history.is_nearly_full ? "DISK NEARLY FULL" : "disk lasts for",
            `${days.toFixed(1)} days at this rate`,
          ] as Row,
        ]),
    ...(history.excess_bytes === 0
      ? []
      : [["history too large", `${formatBytes(history.excess_bytes)} above its bound`] as Row]),
  ];
}
