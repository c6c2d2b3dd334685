/** The panel of sources: connections, limits, coverage with its interval, delays, agreement with later states, disk. */

import type { DoubtRow, SourceRow, SourcesAnswer } from "../api/sources";
import { formatBytes } from "../format/bytes";
import { formatPrice } from "../format/price";
import { formatAge, formatDelay, formatTime } from "../format/time";
import { percent, usd } from "../format/usd";
import { el, sums } from "./dom";
import { morph } from "./morph";
import { DOUBT_SIGN, nearText } from "./standing";

const MAX_COINS = 12;
/** Milliseconds by which two good clocks may differ. */
const CLOCK_ERROR_MS = 1_000;
const count = (value: number): string => value.toLocaleString("en-US");

export function renderSources(body: HTMLElement, answer: SourcesAnswer | null, nowMs: number): void {
  if (answer === null || answer.state === "none") {
    const text =
      answer === null
        ? "loading"
        : "This map follows no live source: it is stored history, a recording, or a market made here.";
    morph(body, [el("p", { class: "empty" }, text), ...(answer === null ? [] : kindParts(answer))]);
    return;
  }
  const parts = [
    part("Feed", list(...feedRows(answer))),
    part("Connections", ...answer.sources.map((row) => sourceRow(row, nowMs))),
    part(
      "Coverage",
      list(
        ["open interest, all coins", percent(answer.coverage_share)],
        ...answer.near.map((near): Row => [`within ${near.within_percent} % of the mark`, nearText(near)]),
      ),
      coverageTable(answer),
      el(
        "p",
        {},
        "Part of the open interest whose accounts this map holds; near the mark an estimate of the USD held, with the interval that " +
          "holds in 95 of 100 cases. It grows as accounts are read. –: too few accounts near the mark to say.",
      ),
    ),
    ...kindParts(answer),
    part(
      "Tracked against read",
      answer.reconcile.length === 0 ? el("p", {}, "nothing compared yet") : reconcileTable(answer),
      el("p", {}, "Positions followed by prints, compared when their account was read again."),
    ),
    part("Limits", list(...limitRows(answer))),
    part("Kept", list(...diskRows(answer))),
  ];
  morph(body, parts);
}

type Row = [name: string, value: string];

function feedRows(answer: SourcesAnswer): Row[] {
  return [
    ["state", answer.state],
    ["newest data", `${formatAge(answer.age_ms)} old`],
    ["receipt to readers", `${formatDelay(answer.latency.p50_ms)}, 99 % within ${formatDelay(answer.latency.p99_ms)}`],
    ["account states", `median ${formatAge(answer.ages.median_ms)}, oldest ${formatAge(answer.ages.oldest_ms)}`],
    ["accounts", `${count(answer.ledger.accounts)}, ${count(answer.ledger.unsure)} to be read again`],
    ["other dexs unread", `of ${count(answer.ledger.unsearched ?? 0)} accounts`],
    ["positions", count(answer.ledger.positions)],
    ["frames", count(answer.frames)],
    ["unusable records", count(answer.unusable_records)],
    ["accounts read in part", count(answer.partial_states)],
    ["rows that do not matter", count(answer.skipped_rows)],
    ["readings not believed", count(answer.flagged_readings ?? 0)],
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

function sourceRow(row: SourceRow, nowMs: number): HTMLElement {
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
  // A silent connection stands since it was made, not since it fell silent.
  const since = row.since_ms === null || row.state === "stale" ? "" : ` for ${formatAge(nowMs - row.since_ms)}`;
  const isOver = row.state === "connected";
  const dot = row.state === "connected" ? "live" : row.state === "off" ? "still" : "stale";
  return el(
    "div",
    { class: "source", "data-state": row.state },
    el("b", {}, row.kind.replace("_", " ")),
    el("span", { class: `dot ${dot}` }, row.state + since),
    el("code", { title: row.address }, row.address),
    el("span", { class: "muted" }, facts.filter((fact) => fact !== "").join(", ")),
    row.trouble === null
      ? null
      : el("span", { class: isOver ? "muted" : "trouble" }, `${isOver ? "last failure: " : ""}${row.trouble}`),
  );
}

function coverageTable(answer: SourcesAnswer): HTMLElement {
  const spans = answer.near.map((near) => near.within_percent);
  return table(
    ["coin", "open interest", ...spans.map((span) => `± ${span} %`)],
    answer.coverage
      .slice(0, MAX_COINS)
      .map((row) => [
        row.coin,
        percent(row.share),
        ...spans.map((span) => nearCell(row.near.find((near) => near.within_percent === span)?.share)),
      ]),
  );
}

const nearCell = (share: number | null | undefined): string =>
  share === null || share === undefined ? "–" : percent(share);

const KINDS: Readonly<Record<string, string>> = {
  trader: "traders",
  vault: "vaults",
  exempt: "HLP, backstops",
  no_practical_level: "no practical level",
};

function kindParts(answer: SourcesAnswer): HTMLElement[] {
  if (answer.kinds.length === 0) return [];
  const rows = answer.kinds.map((row) => [
    KINDS[row.kind] ?? row.kind,
    count(row.account_count),
    usd(row.notional),
    percent(row.share, 1),
  ]);
  const text =
    "HLP, its children and backstops are in no band. Accounts without a practical level hold 1M USD or more " +
    "and have no level between a tenth of the mark and ten times it; they are in the rows above too.";
  return [part("Who holds it", table(["kind", "accounts", "notional", "open interest"], rows), el("p", {}, text))];
}

function reconcileTable(answer: SourcesAnswer): HTMLElement {
  return table(
    ["coin", "compared", "exact", "size off by"],
    answer.reconcile
      .slice(0, MAX_COINS)
      .map((row) => [row.coin, count(row.count), percent(row.exact_share, 1), percent(row.size_error_share, 2)]),
  );
}

function limitRows(answer: SourcesAnswer): Row[] {
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
            "weight a minute",
            `${count(Math.round(limits.weight_used))} of ${limits.weight_limit === null ? "no limit" : count(Math.round(limits.weight_limit))}`,
          ],
          ["requests waiting", count(limits.waiting)],
          ["refused by the server", count(limits.refused)],
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

function diskRows(answer: SourcesAnswer): Row[] {
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

const part = (name: string, ...children: readonly HTMLElement[]): HTMLElement =>
  el("section", {}, el("h3", {}, name), ...children);

const list = (...rows: readonly Row[]): HTMLElement => sums(rows);

function table(head: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  return el(
    "table",
    {},
    el("thead", {}, el("tr", {}, ...head.map((name) => el("th", { scope: "col" }, name)))),
    el(
      "tbody",
      {},
      ...rows.map(([name, ...values]) =>
        el("tr", {}, el("th", { scope: "row" }, name ?? ""), ...values.map((value) => el("td", {}, value))),
      ),
    ),
  );
}
