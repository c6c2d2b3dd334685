/** The standing line: where the figures come from, how old they are, how much of the market they are. Always visible. */

import { useSignal } from "@preact/signals";
import type { Status } from "../../api/schema";
import type { SourcesAnswer } from "../../api/sources";
import { formatAge, formatDelay, formatTime } from "../../format/time";
import { percent } from "../../format/usd";
import { freshness, nearText, type StandingView, spokenText } from "../../model/freshness";
import type { WordName } from "../../model/glossary";
import { marginSourceText } from "../../model/margin_source";
import { isReplica, lagOf } from "../../model/replica";
import type { PageState } from "../../state/page_state";
import { Term } from "../glossary/term";
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

export const viewOf = (page: PageState): StandingView => ({
  status: page.status.value,
  coin: page.coin.value,
  coinCoverage: page.frame.value?.coverage ?? null,
  coinDoubt: page.frame.value?.doubt ?? [],
  stream: page.streamState.value,
  sources: page.sources.value,
  heardMs: page.heardMs.value,
  nowMs: page.nowMs.value,
  atMs: page.at.value,
});

/** Always: what the figures are, whether they follow, how old they are, how much of the market. The rest when asked for. */
function Facts({ view, status }: { readonly view: StandingView; readonly status: Status }) {
  const fresh = freshness(view);
  const isMore = useSignal(false);
  const page = usePage();
  const isPast = page.at.value !== null;
  const thenMs = page.moment.value?.frame.as_of_ms ?? null;
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
      <Fact name="as of" value={isPast ? formatTime(thenMs) : `${formatTime(status.as_of_ms)}${age}`} />
      <Late view={view} />
      <Fact
        name="part of the market known"
        value={`${percent(view.coinCoverage)} of ${view.coin ?? "the coin"}'s open interest`}
      />
      <Damaged count={status.damaged?.length ?? 0} />
      <button
        id="standing-more"
        type="button"
        hidden={isPast}
        class="standing-more"
        aria-expanded={isMore.value}
        aria-controls="standing-rest"
        aria-label={isMore.value ? "Less about these figures" : "More about these figures"}
        onClick={() => {
          isMore.value = !isMore.value;
        }}
      >
        {isMore.value ? "less" : "more"}
      </button>
      <div id="standing-rest" class="standing-rest" hidden={!isMore.value || isPast}>
        <Rest view={view} status={status} />
      </div>
    </>
  );
}

function Rest({ view, status }: { readonly view: StandingView; readonly status: Status }) {
  const { provenance, coverage } = status;
  return (
    <>
      <Fact name="source" value={provenance.name} />
      <Fact
        word="coverage"
        name="part of all markets known"
        value={`${percent(coverage.share)} of the open interest of ${coverage.known_coins} coins`}
      />
      <Near sources={view.sources} coin={view.coin} />
      <Latency sources={view.sources} />
      <Fact
        word="pool"
        name="accounts read"
        value={`${status.address_count.toLocaleString("en-US")} with ${status.pool_count.toLocaleString("en-US")} margin pools`}
      />
      <Fact
        name="oldest account reading"
        value={`${formatAge(status.oldest_age_ms)}, half of them within ${formatAge(status.median_age_ms)}`}
      />
      <Fact
        word="margin_source"
        name="account balances behind the levels"
        value={marginSourceText(status.margin_source_share) || "unknown"}
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
  return (
    <Fact
      word="near_coverage"
      name={`known within ${widest?.within_percent ?? 5} % of the mark`}
      value={`${rows === own ? (coin ?? "") : "all coins"} ${nearText(widest)}`}
    />
  );
}

function Latency({ sources }: { readonly sources: SourcesAnswer | null }) {
  if (sources === null || sources.latency.p50_ms === null) return null;
  return (
    <Fact
      word="delay"
      name="latency"
      value={`${formatDelay(sources.latency.p50_ms)}, 99 % within ${formatDelay(sources.latency.p99_ms)}`}
    />
  );
}

/** Always, of a read replica: what it shows is another process's, so much later. */
function Late({ view }: { readonly view: StandingView }) {
  if (!isReplica(view)) return null;
  return (
    <Fact
      name="behind its collector"
      value={formatDelay(lagOf(view))}
      title="A replica: another process reads the exchange"
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
  /** The word of the glossary that the name opens. */
  readonly word?: WordName;
}

function Fact({ name, value, title, word }: FactProps) {
  return (
    <span class="fact" title={title}>
      <span class="muted">{word === undefined ? name : <Term name={word}>{name}</Term>}</span> {value}
    </span>
  );
}
