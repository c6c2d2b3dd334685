/** The panel of sources: connections, limits, coverage with its interval, delays, agreement with later states, disk. */

import type { ComponentChildren } from "preact";
import type { SourceRow, SourcesAnswer } from "../../api/sources";
import { percent } from "../../format/usd";
import { nearText } from "../../model/freshness";
import type { WordName } from "../../model/glossary";
import { replicaRows } from "../../model/replica_rows";
import { diskRows, feedRows, limitRows, type Row, sourceFacts, stateText } from "../../model/source_rows";
import type { PageState } from "../../state/page_state";
import { Term } from "../glossary/term";
import { Sums } from "../parts";
import { Panel } from "../side/panel";
import { usePage } from "../use_page";
import { CoverageTable, KindTable, ReconcileTable } from "./tables";

export function SourcesPanel() {
  const page = usePage();
  return <Panel name="sources" class="limits sources" draw={() => sources(page)} />;
}

/** Renewed with each answer, not with each second of the clock. */
function sources(page: PageState) {
  const answer = page.sources.value;
  if (answer === null) return <p class="empty">loading</p>;
  const { replica } = answer;
  if (answer.state === "none" && replica === null) {
    return (
      <>
        <p class="empty">This map follows no live source: it is stored history, a recording, or a market made here.</p>
        <Kinds answer={answer} />
      </>
    );
  }
  return (
    <>
      <Part name="How it stands">
        <Sums rows={replica === null ? feedRows(answer) : replicaRows(answer, replica)} />
      </Part>
      <Part name="Connections">
        {answer.sources.map((row) => (
          <Source key={`${row.kind} ${row.address}`} row={row} nowMs={page.nowMs.peek()} />
        ))}
      </Part>
      <Part name="Part of the market known" word="near_coverage">
        <Sums rows={coverageRows(answer)} />
        <CoverageTable answer={answer} />
        <p>
          Part of the open interest whose accounts this map holds; near the mark an estimate of the USD held, with the
          interval that holds in 95 of 100 cases. It grows as accounts are read. –: too few accounts near the mark to
          say.
        </p>
      </Part>
      <Kinds answer={answer} />
      {replica === null && <OwnReading answer={answer} />}
    </>
  );
}

/** What only a map that asks the exchange itself has; a replica's collector says it. */
function OwnReading({ answer }: { readonly answer: SourcesAnswer }) {
  return (
    <>
      <Part name="Check: followed by trades, then read again">
        {answer.reconcile.length === 0 ? <p>nothing compared yet</p> : <ReconcileTable answer={answer} />}
        <p>
          Between two readings of an account its positions are followed by trades; here they are compared when it is
          read again.
        </p>
      </Part>
      <Part name="Requests to the exchange">
        <Sums rows={limitRows(answer)} />
      </Part>
      <Part name="Kept on disk">
        <Sums rows={diskRows(answer)} />
      </Part>
    </>
  );
}

const coverageRows = (answer: SourcesAnswer): Row[] => [
  ["open interest, all coins", percent(answer.coverage_share)],
  ...answer.near.map((near): Row => [`within ${near.within_percent} % of the mark`, nearText(near)]),
];

function Source({ row, nowMs }: { readonly row: SourceRow; readonly nowMs: number }) {
  const isOver = row.state === "connected";
  const dot = row.state === "connected" ? "live" : row.state === "off" ? "still" : "stale";
  return (
    <div class="source" data-state={row.state}>
      <b>{row.kind.replace("_", " ")}</b>
      <span class={`dot ${dot}`}>{stateText(row, nowMs)}</span>
      <code title={row.address}>{row.address}</code>
      <span class="muted">{sourceFacts(row, nowMs)}</span>
      {row.trouble !== null && (
        <span class={isOver ? "muted" : "trouble"}>{`${isOver ? "last failure: " : ""}${row.trouble}`}</span>
      )}
    </div>
  );
}

function Kinds({ answer }: { readonly answer: SourcesAnswer }) {
  if (answer.kinds.length === 0) return null;
  return (
    <Part name="Who holds the open interest" word="open_interest">
      <KindTable answer={answer} />
      <p>
        HLP, its children and backstops are in no band. Accounts without a practical level hold 1M USD or more and have
        no level between a tenth of the mark and ten times it; they are in the rows above too.
      </p>
    </Part>
  );
}

interface PartProps {
  readonly name: string;
  readonly children: ComponentChildren;
  /** The word of the glossary that the name opens. */
  readonly word?: WordName;
}

function Part({ name, children, word }: PartProps) {
  return (
    <section>
      <h3>{word === undefined ? name : <Term name={word}>{name}</Term>}</h3>
      {children}
    </section>
  );
}
