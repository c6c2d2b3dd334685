/** Tables of a simulation: what was liquidated where, and whose gains were cut. */

import type { Cascade } from "../../api/cascade";
import { levelRows, winnerRows } from "../../model/what_if";

interface TableProps {
  readonly cascade: Cascade;
}

export function LevelTable({ cascade }: TableProps) {
  const rows = levelRows(cascade);
  if (rows.length === 0) return <p class="muted">{`Nothing of ${cascade.coin} was closed by force.`}</p>;
  return (
    <Table
      caption={`Who took ${cascade.coin}, by mark price`}
      headings={["from price", "order book", "vault", "ADL"]}
      rows={rows}
    />
  );
}

export function WinnerTable({ cascade }: TableProps) {
  const rows = winnerRows(cascade);
  if (rows.length === 0) return null;
  const caption = `Winning positions closed (ADL), first of ${cascade.winner_count}`;
  return <Table caption={caption} headings={["account", "position", "size", "price"]} rows={rows} />;
}

interface Cells {
  readonly caption: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function Table({ caption, headings, rows }: Cells) {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          {headings.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr key={cells.join()}>
            {cells.map((cell, column) => (
              <td key={headings[column]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
