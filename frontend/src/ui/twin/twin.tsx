/** The map as tables: levels near the price now, clusters, and the column of one time. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Cluster } from "../../api/schema";
import { formatPrice, formatSpan } from "../../format/price";
import { formatBy } from "../../format/time";
import { distance, usd } from "../../format/usd";
import { bandRows, columnOf, columnRows, MAX_ROWS, type TwinRow, twinLevel } from "../../model/twin_rows";
import { pricedBands } from "../../state/priced_bands";
import { usePage } from "../use_page";

export function TwinDialog() {
  const page = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = page.twin.isOpen.value;
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element === null || element.open === isOpen) return;
    if (isOpen) element.showModal();
    else element.close();
  }, [isOpen]);
  const close = (): void => {
    page.twin.isOpen.value = false;
  };
  return (
    <dialog ref={dialog} id="twin" class="twin" aria-labelledby="twin-title" onClose={close}>
      <div class="twin-head">
        <h2 id="twin-title">The map as a table</h2>
        <button id="twin-close" type="button" onClick={close}>
          Close
        </button>
      </div>
      {isOpen && <Tables />}
    </dialog>
  );
}

function Tables() {
  return (
    <section class="twin-body" tabIndex={0} aria-label="Tables of the map">
      <NowTable />
      <ClusterTable />
      <ColumnTable />
    </section>
  );
}

/** Coin, time and source: what every caption says, since a table may be read alone. */
function useStanding(timeMs: number | null): string {
  const page = usePage();
  const provenance = page.status.value?.provenance;
  const source = provenance === undefined ? "source unknown" : provenance.name;
  const time = timeMs === null ? "time unknown" : formatBy(timeMs, page.view.value.zone);
  return `${page.coin.value ?? ""}, ${time}, ${source}${provenance?.is_simulated === true ? ", SIMULATED" : ""}`;
}

function NowTable() {
  const page = usePage();
  const standing = useStanding(page.frame.value?.as_of_ms ?? page.status.value?.as_of_ms ?? null);
  const logWidth = page.heat.value?.log_width;
  const bands = logWidth === undefined ? null : pricedBands(page, twinLevel(logWidth));
  const rows = bands === null ? null : bandRows(bands);
  return (
    <SumTable
      id="twin-now"
      caption={`Liquidation levels within 10 % of the mark, highest price first: ${standing}`}
      rows={rows}
      mark={bands?.mark ?? null}
      none={rows === null ? "not loaded yet" : "no level is known there"}
    />
  );
}

function ClusterTable() {
  const page = usePage();
  const clusters = page.shownClusters.value;
  const standing = useStanding(page.frame.value?.as_of_ms ?? page.status.value?.as_of_ms ?? null);
  const rows = [...(clusters?.clusters ?? [])].sort((a, b) => b.price_peak - a.price_peak);
  return (
    <table id="twin-clusters">
      <caption>{`Clusters, highest price first: ${standing}`}</caption>
      <thead>
        <tr>
          <Heads names={["price", "side", "USD", "from the mark", "accounts"]} />
        </tr>
      </thead>
      <tbody>
        {rows.map((cluster) => (
          <ClusterRow key={cluster.cluster_id ?? `${cluster.side}/${cluster.price_peak}`} cluster={cluster} />
        ))}
        {rows.length === 0 && <None columns={5} text={clusters === null ? "not loaded yet" : "no cluster is known"} />}
      </tbody>
    </table>
  );
}

function ClusterRow({ cluster }: { readonly cluster: Cluster }) {
  return (
    <tr>
      <th scope="row">{formatPrice(cluster.price_peak)}</th>
      <td>{cluster.side === 1 ? "longs, forced to sell" : "shorts, forced to buy"}</td>
      <td>{usd(cluster.notional)}</td>
      <td>{distance(cluster.distance_percent)}</td>
      <td>{cluster.account_count ?? "unknown"}</td>
    </tr>
  );
}

function ColumnTable() {
  const page = usePage();
  const window = page.heat.value;
  const column = window === null ? 0 : columnOf(window, page.twin.timeMs.value);
  const asOf = window?.asOf[column] ?? -1;
  const startMs = window === null ? null : window.start_ms + column * window.step_ms;
  const standing = useStanding(asOf >= 0 ? asOf : startMs);
  const rows = window === null ? null : columnRows(window, column);
  const go = (step: number): void => {
    if (window === null) return;
    const next = Math.min(Math.max(column + step, 0), window.columns - 1);
    page.twin.timeMs.value = window.start_ms + (next + 0.5) * window.step_ms;
  };
  const mark = window?.mark[column];
  return (
    <>
      <div class="group small" role="group" aria-label="Time of the column">
        <Step name="earlier" step={-1} go={go} />
        <Step name="later" step={1} go={go} />
      </div>
      <SumTable
        id="twin-column"
        caption={`One column of the map, its ${MAX_ROWS} largest cells at most, highest price first: ${standing}`}
        rows={rows}
        mark={mark === undefined || Number.isNaN(mark) ? null : mark}
        none={rows === null ? "no data of this time" : "nothing known at this time"}
      />
    </>
  );
}

interface StepParts {
  readonly name: string;
  readonly step: number;
  readonly go: (step: number) => void;
}

function Step({ name, step, go }: StepParts) {
  return (
    <button id={`twin-${name}`} type="button" onClick={() => go(step)}>
      {`${name} column`}
    </button>
  );
}

interface SumParts {
  readonly id: string;
  readonly caption: string;
  readonly rows: readonly TwinRow[] | null;
  readonly mark: number | null;
  /** Said where there is no row. */
  readonly none: string;
}

function SumTable({ id, caption, rows, mark, none }: SumParts) {
  return (
    <table id={id}>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <Heads names={["price", "from the mark", "longs, USD", "shorts, USD"]} />
        </tr>
      </thead>
      <tbody>
        {(rows ?? []).map((row) => (
          <tr key={row.low}>
            <th scope="row">{formatSpan(row.low, row.high)}</th>
            <td>{mark === null ? "unknown" : distance((Math.sqrt(row.low * row.high) / mark - 1) * 100)}</td>
            <td>{row.long === null ? "not told" : usd(row.long)}</td>
            <td>{row.short === null ? "not told" : usd(row.short)}</td>
          </tr>
        ))}
        {(rows ?? []).length === 0 && <None columns={4} text={none} />}
      </tbody>
    </table>
  );
}

function Heads({ names }: { readonly names: readonly string[] }): ComponentChildren {
  return names.map((name) => (
    <th key={name} scope="col">
      {name}
    </th>
  ));
}

function None({ columns, text }: { readonly columns: number; readonly text: string }) {
  return (
    <tr>
      <td colSpan={columns}>{text}</td>
    </tr>
  );
}
