/** The standing line: where the figures come from, how old they are, how much of the market they are. Always visible. */

import type { MarginSource, Status } from "../api/schema";
import type { NearCoverage, SourcesAnswer } from "../api/sources";
import type { StreamState } from "../api/stream";
import { formatAge, formatDelay, formatTime } from "../format/time";
import { percent } from "../format/usd";
import { byId, el } from "./dom";
import { morph } from "./morph";

const MARGIN_SOURCE_WORDS: Readonly<Record<MarginSource, string>> = {
  state: "from full account states",
  published: "from published prices",
  tracked: "tracked since the last state",
  modelled: "modelled",
  unknown: "unknown",
};

/** Before everything whose figures are in doubt: a shape, for whoever cannot tell the colours. */
export const DOUBT_SIGN = "⚠";

export interface StandingView {
  readonly status: Status | null;
  readonly coinCoverage: number | null;
  /** Why figures of the coin are in doubt; empty: they are not. */
  readonly coinDoubt: readonly string[];
  readonly coin: string | null;
  readonly stream: StreamState;
  /** Of a map that follows live sources; null while unknown. */
  readonly sources: SourcesAnswer | null;
  /** When the server was heard last, by the same clock as nowMs. */
  readonly heardMs: number;
  readonly nowMs: number;
}

/** A live server sends frames every three seconds and answers about its sources as often. */
const SILENT_MS = 15_000;

/** The server's own word, unless it is not heard: the clock of this page may be wrong, and does not judge. */
export function freshness(view: StandingView): { text: string; state: "live" | "still" | "stale" } {
  const { status, sources } = view;
  if (status === null) return { text: "loading", state: "still" };
  if (view.stream === "lost") return { text: "connection lost, figures stand still", state: "stale" };
  if (!status.is_live && status.feed_state === "none") return { text: "recorded, not live", state: "still" };
  const silentMs = view.nowMs - view.heardMs;
  if (silentMs > SILENT_MS) return { text: `STALE, server silent, data ${formatAge(silentMs)} old`, state: "stale" };
  if (!status.is_live) {
    const held = status.is_time_held ? ", the exchange tells no time" : "";
    const age = sources === null ? "" : `, data ${formatAge(sources.age_ms)} old`;
    const word = status.feed_state === "stored" ? "STORED, not live" : status.feed_state.toUpperCase();
    return { text: `${word}${held}${age}`, state: "stale" };
  }
  if (view.stream !== "live") return { text: "connecting", state: "still" };
  if (view.coinDoubt.length > 0) {
    return {
      text: `${DOUBT_SIGN} ${view.coin ?? ""} IN DOUBT, not live: ${view.coinDoubt.join("; ")}`,
      state: "stale",
    };
  }
  const since = (sources?.disk?.troubles ?? []).flatMap((row) => row.not_stored_since_ms ?? []);
  if (since.length > 0) return { text: `LIVE, not stored since ${formatTime(Math.min(...since))}`, state: "stale" };
  const live = status.feed_state === "live" ? "LIVE" : "live";
  const others = status.in_doubt_count ?? 0;
  return {
    text:
      others === 0
        ? live
        : `${live}, but ${others === 1 ? (status.in_doubt?.[0] ?? "one coin") : `${others} coins`} in doubt`,
    state: "live",
  };
}

/** 62 % (55–70 %), or unknown. */
export function nearText(near: NearCoverage | undefined): string {
  if (near === undefined || near.share === null) return "unknown";
  if (near.low === null || near.high === null) return percent(near.share);
  return `${percent(near.share)} (${(near.low * 100).toFixed(0)}–${(near.high * 100).toFixed(0)} %)`;
}

/** Coverage within the widest span about the mark: of the coin where it is known, else of all coins. */
function nearFact(view: StandingView): HTMLElement | null {
  const { sources, coin } = view;
  if (sources === null || sources.state === "none") return null;
  const own = sources.coverage.find((row) => row.coin === coin)?.near ?? [];
  const rows = own.some((row) => row.share !== null) ? own : sources.near;
  const widest = rows.at(-1);
  const name = `within ${widest?.within_percent ?? 5} % of the mark`;
  const all = rows.map((row) => `within ${row.within_percent} %: ${nearText(row)}`).join(", ");
  return fact(
    `covered ${name}`,
    `${rows === own ? (coin ?? "") : "all coins"} ${nearText(widest)}`,
    `Estimated part of the USD with levels near the mark that this map holds; in brackets the interval that holds in 95 of 100 cases. ${all}`,
  );
}

function latencyFact(sources: SourcesAnswer | null): HTMLElement | null {
  if (sources === null || sources.latency.p50_ms === null) return null;
  return fact(
    "latency",
    formatDelay(sources.latency.p50_ms),
    `99 % of frames within ${formatDelay(sources.latency.p99_ms)}, from receipt to all readers`,
  );
}

export const marginSourceText = (share: Status["margin_source_share"]): string =>
  (Object.keys(MARGIN_SOURCE_WORDS) as MarginSource[])
    .filter((name) => share[name] > 0)
    .map((name) => `${percent(share[name])} ${MARGIN_SOURCE_WORDS[name]}`)
    .join(", ");

export function renderStanding(line: HTMLElement, view: StandingView): void {
  const status = view.status;
  if (status === null) {
    morph(line, [el("span", { class: "muted" }, "loading")]);
    return;
  }
  const fresh = freshness(view);
  line.classList.toggle("is-stale", fresh.state === "stale");
  announce(fresh.text);
  const { provenance } = status;
  const badge = provenance.is_simulated
    ? el("strong", { class: "badge simulated", title: "No real account stands behind these figures" }, "SIMULATED")
    : el("strong", { class: "badge" }, provenance.kind);
  const isClockTime = (status.is_live || status.feed_state !== "none") && !provenance.is_simulated;
  const age = isClockTime ? ` (${formatAge(view.nowMs - status.as_of_ms)} ago)` : "";
  const facts = [
    badge,
    el("span", { class: `dot ${fresh.state}` }, fresh.text),
    fact("source", provenance.name, provenance.note),
    fact("as of", `${formatTime(status.as_of_ms)}${age}`),
    fact(
      "open interest covered",
      `${view.coin ?? ""} ${percent(view.coinCoverage)}`,
      `Part of the open interest whose accounts this map holds. All coins with known open interest: ${percent(status.coverage.share)} (${status.coverage.known_coins} coins)`,
    ),
    nearFact(view),
    latencyFact(view.sources),
    fact("accounts", status.address_count.toLocaleString("en-US"), `${status.pool_count} margin pools`),
    fact("oldest state", formatAge(status.oldest_age_ms), `median ${formatAge(status.median_age_ms)}`),
    damagedFact(status),
    fact(
      "levels",
      marginSourceText(status.margin_source_share) || "unknown",
      "How the cash of the accounts became known, by notional",
    ),
    el("span", { class: "fact note" }, provenance.note),
  ];
  morph(
    line,
    facts.filter((part) => part !== null),
  );
}

function damagedFact(status: Status): HTMLElement | null {
  const rows = status.damaged ?? [];
  if (rows.length === 0) return null;
  return fact(
    "damaged files",
    rows.length.toLocaleString("en-US"),
    "What was in them and nowhere else is missing; the panel Limits lists them",
  );
}

/** To screen readers: the state when it changes, not its age every second. */
function announce(text: string): void {
  const word = text.replace(/, (data )?[\d.,]+ \S+ old$/, "");
  const spoken = byId("feed-state");
  if (spoken.textContent !== word) spoken.textContent = word;
}

function fact(name: string, value: string, title?: string): HTMLElement {
  return el("span", { class: "fact", title }, el("span", { class: "muted" }, name), " ", value);
}
