/** The positions behind a band or a cluster, largest first, page by page. */

import type { ComponentChildren } from "preact";
import type { Cluster, PositionRow, PositionsAnswer } from "../../api/schema";
import { shortAddress } from "../../format/address";
import { formatPrice, formatSize } from "../../format/price";
import { formatTime } from "../../format/time";
import { percent, usd, usdFull } from "../../format/usd";
import { betweenText } from "../../model/caveat_text";
import { positionsCsv } from "../../model/csv_tables";
import { forcedFlow } from "../../model/window";
import { openDeeper } from "../../state/actions";
import { ofCluster } from "../../state/alert_actions";
import type { DrawerView } from "../../state/drawer_view";
import { askWhatIf } from "../../state/what_if";
import { AlertWhen } from "../alerts/alert_when";
import { ClusterFacts } from "../cluster_life/cluster_facts";
import { ClusterLife, useLife } from "../cluster_life/cluster_life";
import { CsvButton } from "../csv";
import { type SumRow, Sums } from "../parts";
import { usePage } from "../use_page";
import { type PositionsSoFar, usePositions } from "./use_positions";

type PositionsView = Extract<DrawerView, { kind: "positions" }>;

/** Life and accounts are shown together: the life, which comes in above, would push the accounts from under the pointer. */
export function Positions({ view }: { readonly view: PositionsView }) {
  const { coin, cluster, question } = view;
  const positions = usePositions(coin, question);
  const life = useLife(coin, cluster);
  return (
    <>
      {cluster === null ? null : (
        <>
          <Ways coin={coin} cluster={cluster} />
          <ClusterFacts coin={coin} cluster={cluster} />
          <ClusterLife cluster={cluster} life={life} />
        </>
      )}
      {life.isLate ? <p class="empty">loading</p> : <PositionList positions={positions} />}
    </>
  );
}

function Ways({ coin, cluster }: { readonly coin: string; readonly cluster: Cluster }) {
  const page = usePage();
  return (
    <p class="ways">
      <button type="button" class="link" data-way="what-if" onClick={() => askWhatIf(page, cluster.price_peak)}>
        What if price gets here? (simulated)
      </button>
      <AlertWhen id="cluster-alert" subject={ofCluster(coin, cluster)} />
    </p>
  );
}

function PositionList({ positions }: { readonly positions: PositionsSoFar }) {
  const page = usePage();
  const { answer, problem } = positions;
  if (problem !== null) {
    return (
      <p class="empty" role="alert">
        {problem}
      </p>
    );
  }
  if (answer === null) return <p class="empty">loading</p>;
  const open = (address: string): void => openDeeper(page, { kind: "account", address, atMs: answer.as_of_ms });
  return (
    <>
      <Sums rows={totalRows(answer)} />
      <p class="save-row">
        <CsvButton what="these positions" make={async () => positionsCsv(answer)} />
      </p>
      {answer.positions.length === 0 ? (
        <p class="empty">No known level lies here.</p>
      ) : (
        <div class="positions">
          {answer.positions.map((row) => (
            <Position key={`${row.address} ${row.side} ${row.margin_mode}`} row={row} open={open} />
          ))}
        </div>
      )}
      <Rest positions={positions} />
    </>
  );
}

function totalRows(answer: PositionsAnswer): SumRow[] {
  const { totals, interval } = answer;
  const vaults: SumRow[] =
    totals.vault_notional > 0
      ? [["of it vaults", usdFull(totals.vault_notional), { "data-total": "vaults", word: "vault" }]]
      : [];
  return [
    [
      "liquidation prices from – to",
      `${formatPrice(answer.price_low)} – ${formatPrice(answer.price_high)}`,
      { word: "level" },
    ],
    ["longs, forced to sell", usdFull(totals.long_notional), { "data-total": "long", word: "forced_flow" }],
    ["shorts, forced to buy", usdFull(totals.short_notional), { "data-total": "short" }],
    ...vaults,
    ["accounts", String(totals.account_count)],
    ["as of", formatTime(answer.as_of_ms)],
    ...intervalRows(interval),
  ];
}

/** What stands there in truth, at least and at most, of each side where that is known. */
function intervalRows(interval: PositionsAnswer["interval"]): SumRow[] {
  if (interval === null || interval === undefined) return [];
  const name = (side: string): string => `${side}, ${percent(interval.share)} interval, ${interval.source}`;
  const sides = [
    [name("longs"), betweenText(interval.long_low, interval.long_high)],
    [name("shorts"), betweenText(interval.short_low, interval.short_high)],
  ] as const;
  return sides.flatMap(([each, text]): SumRow[] => (text === null ? [] : [[each, text]]));
}

interface PositionProps {
  readonly row: PositionRow;
  readonly open: (address: string) => void;
}

function Position({ row, open }: PositionProps) {
  const side = row.side === 1 ? "long" : "short";
  return (
    <button
      type="button"
      class={`position ${side}`}
      data-notional={row.notional}
      data-address={row.address}
      title={row.address}
      onClick={() => open(row.address)}
    >
      <code>{shortAddress(row.address)}</code>
      <b>{usd(row.notional)}</b>
      <span>{formatPrice(row.liquidation_price)}</span>
      <span class="muted">{`${side}, ${forcedFlow(row.side)}`}</span>
      <span class="muted">{`${formatSize(row.size)}${row.leverage === null ? "" : `, ${row.leverage}×`}`}</span>
      <span class="muted">
        {`${row.margin_mode}, ${row.margin_source}${row.kind === "trader" ? "" : `, ${row.kind}`}`}
      </span>
    </button>
  );
}

/** How many are not listed yet, and the button that asks for them, or why they are not there. */
function Rest({ positions }: { readonly positions: PositionsSoFar }): ComponentChildren {
  const { answer, restProblem, isMoreAsked, more } = positions;
  if (answer === null || answer.positions.length === 0) return null;
  const rest = answer.totals.position_count - answer.positions.length;
  if (rest <= 0) return null;
  return (
    <p class="muted" data-rest="">
      {restProblem !== null ? (
        <span role="alert">{restProblem}</span>
      ) : (
        <>
          {`and ${rest.toLocaleString("en-US")} smaller ones `}
          <button type="button" class="more-rows" disabled={isMoreAsked} onClick={more}>
            show more
          </button>
        </>
      )}
    </p>
  );
}
