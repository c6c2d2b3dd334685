/** The standing line: where the figures come from, how old they are, how much of the market they are. Always visible. */

import type { Status } from "../../api/schema";
import type { SourcesAnswer } from "../../api/sources";
import { formatAge, formatDelay, formatTime } from "../../format/time";
import { percent } from "../../format/usd";
import { freshness, nearText, type StandingView, spokenText } from "../../model/freshness";
import { marginSourceText } from "../../model/margin_source";
import type { PageState } from "../../state/page_state";
import { usePage } from "../use_page";

export function Standing() {
  const view = viewOf(usePage());
  const fresh = view.status === null ? null : freshness(view);
  return (
    <>
      <div
        id="standing"
        class={fresh?.state === "stale" ? "standing is-stale" : "standing"}
        role="group"
        aria-label="Standing of the figures"
      >
        {view.status === null ? <span class="muted">loading</span> : <Facts view={view} status={view.status} />}
      </div>
      <p id="feed-state" class="unseen" role="status">
        {fresh === null ? "" : spokenText(fresh.text)}
      </p>
    </>
  );
}

const viewOf = (page: PageState): StandingView => ({
  status: page.status.value,
  coin: page.coin.value,
  coinCoverage: page.frame.value?.coverage ?? null,
  coinDoubt: page.frame.value?.doubt ?? [],
  stream: page.streamState.value,
  sources: page.sources.value,
  heardMs: page.heardMs.value,
  nowMs: page.nowMs.value,
});

function Facts({ view, status }: { readonly view: StandingView; readonly status: Status }) {
  const fresh = freshness(view);
  const { provenance } = status;
  const isClockTime = (status.is_live || status.feed_state !== "none") && !provenance.is_simulated;
  const age = isClockTime ? ` (${formatAge(view.nowMs - status.as_of_ms)} ago)` : "";
  return (
    <>
      {provenance.is_simulated ? (
        <strong class="badge simulated" title="No real account stands behind these figures">
          SIMULATED
        </strong>
      ) : (
        <strong class="badge">{provenance.kind}</strong>
      )}
      <span class={`dot ${fresh.state}`}>{fresh.text}</span>
      <Fact name="source" value={provenance.name} title={provenance.note} />
      <Fact name="as of" value={`${formatTime(status.as_of_ms)}${age}`} />
      <Fact
        name="open interest covered"
        value={`${view.coin ?? ""} ${percent(view.coinCoverage)}`}
        title={`Part of the open interest whose accounts this map holds. All coins with known open interest: ${percent(status.coverage.share)} (${status.coverage.known_coins} coins)`}
      />
      <Near sources={view.sources} coin={view.coin} />
      <Latency sources={view.sources} />
      <Fact
        name="accounts"
        value={status.address_count.toLocaleString("en-US")}
        title={`${status.pool_count} margin pools`}
      />
      <Fact
        name="oldest state"
        value={formatAge(status.oldest_age_ms)}
        title={`median ${formatAge(status.median_age_ms)}`}
      />
      <Damaged count={status.damaged?.length ?? 0} />
      <Fact
        name="levels"
        value={marginSourceText(status.margin_source_share) || "unknown"}
        title="How the cash of the accounts became known, by notional"
      />
      <span class="fact note">{provenance.note}</span>
    </>
  );
}

/** Coverage within the widest span about the mark: of the coin where it is known, else of all coins. */
function Near({ sources, coin }: { readonly sources: SourcesAnswer | null; readonly coin: string | null }) {
  if (sources === null || sources.state === "none") return null;
  const own = sources.coverage.find((row) => row.coin === coin)?.near ?? [];
  const rows = own.some((row) => row.share !== null) ? own : sources.near;
  const widest = rows.at(-1);
  const all = rows.map((row) => `within ${row.within_percent} %: ${nearText(row)}`).join(", ");
  return (
    <Fact
      name={`covered within ${widest?.within_percent ?? 5} % of the mark`}
      value={`${rows === own ? (coin ?? "") : "all coins"} ${nearText(widest)}`}
      title={`Estimated part of the USD with levels near the mark that this map holds; in brackets the interval that holds in 95 of 100 cases. ${all}`}
    />
  );
}

function Latency({ sources }: { readonly sources: SourcesAnswer | null }) {
  if (sources === null || sources.latency.p50_ms === null) return null;
  return (
    <Fact
      name="latency"
      value={formatDelay(sources.latency.p50_ms)}
      title={`99 % of frames within ${formatDelay(sources.latency.p99_ms)}, from receipt to all readers`}
    />
  );
}

function Damaged({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return (
    <Fact
      name="damaged files"
      value={count.toLocaleString("en-US")}
      title="What was in them and nowhere else is missing; the panel Limits lists them"
    />
  );
}

interface FactProps {
  readonly name: string;
  readonly value: string;
  readonly title?: string;
}

function Fact({ name, value, title }: FactProps) {
  return (
    <span class="fact" title={title}>
      <span class="muted">{name}</span> {value}
    </span>
  );
}
