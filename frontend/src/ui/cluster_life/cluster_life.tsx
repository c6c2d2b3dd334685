/** What stands above the accounts of a cluster: how long it has stood, its life, its sweeps and its liquidations. */

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { fetchEvents, fetchLife } from "../../api/client";
import type { Cluster, ClusterLifeAnswer, EventsAnswer, SweepAnswer } from "../../api/schema";
import { formatSize } from "../../format/price";
import { ageText, heldText, persistenceText } from "../../model/held";
import { reasonTotals, reasonWords } from "../../model/reasons";
import { sweepText } from "../../model/sweep_text";
import { Term } from "../glossary/term";
import { Sums } from "../parts";
import { type Asked, useAnswer, usePage } from "../use_page";
import { LifeChart } from "./life_chart";
import { LifeEvents } from "./life_events";

const MAX_EVENTS = 20;
const MAX_SWEEPS = 5;

/** The life and its liquidations, on their way, there, or why not. */
export type LifeAsked = Asked<readonly [ClusterLifeAnswer, EventsAnswer]>;

/** Up to the moment at which it was opened, as the accounts below it are; nothing of what is no cluster, or was not followed. */
export function useLife(coin: string, cluster: Cluster | null): LifeAsked {
  const page = usePage();
  const untilMs = useMemo(() => page.moment.peek()?.frame.as_of_ms, []);
  const end = untilMs === undefined ? {} : { end: untilMs + 1 };
  const id = cluster?.cluster_id ?? null;
  return useAnswer(id, (signal) =>
    Promise.all([
      fetchLife(coin, id ?? "", signal, end),
      fetchEvents(coin, { cluster_id: id ?? "", ...end }, MAX_EVENTS, signal),
    ]),
  );
}

interface ClusterLifeProps {
  readonly cluster: Cluster;
  readonly life: LifeAsked;
}

/** What cannot be known says why. */
export function ClusterLife({ cluster, life }: ClusterLifeProps) {
  const id = cluster.cluster_id ?? null;
  return (
    <section class="cluster-life" aria-label="The cluster through time" data-cluster={id ?? undefined}>
      {id === null ? (
        <p class="muted">No history: it is none of the clusters that were followed through time.</p>
      ) : (
        <KnownLife {...life} />
      )}
    </section>
  );
}

function KnownLife({ answer, problem }: LifeAsked): ComponentChildren {
  if (problem !== null) {
    return (
      <p class="muted" role="alert">
        {problem}
      </p>
    );
  }
  if (answer === null) return <p class="muted">loading</p>;
  const [life, events] = answer;
  return (
    <>
      <Ages life={life} />
      <LifeChart life={life} />
      <Why life={life} />
      <Sweeps sweeps={life.sweeps} />
      <LifeEvents answer={events} />
    </>
  );
}

function Ages({ life }: { readonly life: ClusterLifeAnswer }) {
  const { cluster } = life;
  const texts = [heldText(cluster), persistenceText(cluster), ageText(cluster)].filter((text) => text !== null);
  const family = [
    cluster.parent === null ? null : "split from another",
    life.children.length === 0 ? null : `${life.children.length} split from it`,
    life.merged.length === 0 ? null : `${life.merged.length} ended in it`,
  ].filter((text) => text !== null);
  return (
    <p class="ages">
      <b>{texts[0] ?? "age unknown"}</b>
      {` ${[...texts.slice(1), ...family].join(" · ")}`}
    </p>
  );
}

/** The chart in words. */
function Why({ life }: { readonly life: ClusterLifeAnswer }) {
  const rows = reasonTotals(life.changes).map(
    ([reason, size]) => [reasonWords(reason), `${size > 0 ? "+" : "−"}${formatSize(Math.abs(size))}`] as const,
  );
  return (
    <details class="why">
      <summary>Why it grew and shrank, coins by reason</summary>
      {rows.length === 0 ? <p class="muted">No change was recorded.</p> : <Sums rows={rows} />}
    </details>
  );
}

function Sweeps({ sweeps }: { readonly sweeps: readonly SweepAnswer[] }) {
  if (sweeps.length === 0) return null;
  return (
    <>
      <h3>
        <Term name="sweep">When price went into it</Term>
      </h3>
      {sweeps.slice(0, MAX_SWEEPS).map((sweep) => (
        <p key={sweep.entered_ms} class="sweep">
          {sweepText(sweep)}
        </p>
      ))}
    </>
  );
}
