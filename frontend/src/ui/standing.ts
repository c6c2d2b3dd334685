/** The standing line: where the figures come from, how old they are, how much of the market they are. Always visible. */

import type { StreamState } from "../api/stream";
import type { Quality, QualityShare, Status } from "../api/schema";
import { formatAge, formatTime } from "../format/time";
import { percent } from "../format/usd";
import { el } from "./dom";

const QUALITY_WORDS: Readonly<Record<Quality, string>> = {
  state: "from full account states",
  published: "from published prices",
  tracked: "tracked since the last state",
  modelled: "modelled",
  unknown: "unknown",
};

export interface StandingView {
  readonly status: Status | null;
  readonly coinCoverage: number | null;
  readonly coin: string | null;
  readonly stream: StreamState;
  readonly nowMs: number;
}

/** Age of the figures: of live ones against the clock, of a recording against nothing (it does not age). */
export function freshness(view: StandingView): { text: string; state: "live" | "still" | "stale" } {
  const status = view.status;
  if (status === null) return { text: "loading", state: "still" };
  if (view.stream === "lost") return { text: "connection lost, figures stand still", state: "stale" };
  if (!status.is_live) return { text: "recorded, not live", state: "still" };
  const age = view.nowMs - status.as_of_ms;
  if (!status.provenance.is_simulated && age > status.hold_ms) return { text: `stale, ${formatAge(age)} old`, state: "stale" };
  return { text: view.stream === "live" ? "live" : "connecting", state: view.stream === "live" ? "live" : "still" };
}

export const qualityText = (share: QualityShare): string =>
  (Object.keys(QUALITY_WORDS) as Quality[])
    .filter((name) => share[name] > 0)
    .map((name) => `${percent(share[name])} ${QUALITY_WORDS[name]}`)
    .join(", ");

export function renderStanding(line: HTMLElement, view: StandingView): void {
  const status = view.status;
  if (status === null) {
    line.replaceChildren(el("span", { class: "muted" }, "loading"));
    return;
  }
  const fresh = freshness(view);
  const { provenance } = status;
  const badge = provenance.is_simulated
    ? el("strong", { class: "badge simulated", title: "No real account stands behind these figures" }, "SIMULATED")
    : el("strong", { class: "badge" }, provenance.kind);
  const isClockTime = status.is_live && !provenance.is_simulated;
  const age = isClockTime ? ` (${formatAge(view.nowMs - status.as_of_ms)} ago)` : "";
  line.replaceChildren(
    badge,
    el("span", { class: `dot ${fresh.state}`, role: "status" }, fresh.text),
    fact("source", provenance.name, provenance.note),
    fact("as of", `${formatTime(status.as_of_ms)}${age}`),
    fact(
      "open interest covered",
      `${view.coin ?? ""} ${percent(view.coinCoverage)}`,
      `All coins with known open interest: ${percent(status.coverage.share)} (${status.coverage.known_coins} coins)`,
    ),
    fact("accounts", status.address_count.toLocaleString("en-US"), `${status.pool_count} margin pools`),
    fact("oldest state", formatAge(status.oldest_age_ms), `median ${formatAge(status.median_age_ms)}`),
    fact("levels", qualityText(status.quality_share) || "unknown", "How the cash of the accounts became known, by notional"),
    el("span", { class: "fact note" }, provenance.note),
  );
}

function fact(name: string, value: string, title?: string): HTMLElement {
  return el("span", { class: "fact", title }, el("span", { class: "muted" }, name), " ", value);
}
