/** Tables of the panel of sources: coverage by coin, who holds the open interest, followed against read. */

import type { SourcesAnswer } from "../../api/sources";
import { percent, usd } from "../../format/usd";
import { count } from "../../model/source_rows";

const MAX_COINS = 12;
const KINDS: Readonly<Record<string, string>> = {
  trader: "traders",
  vault: "vaults",
  exempt: "HLP, backstops",
  no_practical_level: "no practical level",
};

interface TableProps {
  readonly answer: SourcesAnswer;
}

export function CoverageTable({ answer }: TableProps) {
  const spans = answer.near.map((near) => near.within_percent);
  const rows = answer.coverage
    .slice(0, MAX_COINS)
    .map((row) => [
      row.coin,
      percent(row.share),
      ...spans.map((span) => nearCell(row.near.find((near) => near.within_percent === span)?.share)),
    ]);
  return <Table head={["coin", "known of open interest", ...spans.map((span) => `near: ± ${span} %`)]} rows={rows} />;
}

const nearCell = (share: number | null | undefined): string =>
  share === null || share === undefined ? "–" : percent(share);

export function KindTable({ answer }: TableProps) {
  const rows = answer.kinds.map((row) => [
    KINDS[row.kind] ?? row.kind,
    count(row.account_count),
    usd(row.notional),
    percent(row.share, 1),
  ]);
  return <Table head={["kind", "accounts", "USD", "of open interest"]} rows={rows} />;
}

export function ReconcileTable({ answer }: TableProps) {
  const rows = answer.reconcile
    .slice(0, MAX_COINS)
    .map((row) => [row.coin, count(row.count), percent(row.exact_share, 1), percent(row.size_error_share, 2)]);
  return <Table head={["coin", "compared", "equal", "size wrong by"]} rows={rows} />;
}

/** The first cell of a row is its heading. */
function Table({ head, rows }: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }) {
  return (
    <table>
      <thead>
        <tr>
          {head.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name = "", ...values]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {values.map((value, column) => (
              <td key={head[column + 1]}>{value}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
