/** Where an account's positions stand among the winners that the exchange closes for losses nobody else takes. */

import { fetchQueueRank, type PositionRank, type QueueRank } from "../../api/deleveraging";
import { aheadText, positionName, rankText, scoreName, unrankedText } from "../../model/queue_text";
import { Figures, Notes } from "../figure_parts";
import { Term } from "../glossary/term";
import { useAnswer, usePage } from "../use_page";

interface QueuePlacesProps {
  readonly address: string;
  /** null: as it is now. */
  readonly atMs: number | null;
}

export function QueuePlaces({ address, atMs }: QueuePlacesProps) {
  const page = usePage();
  const key = atMs === null ? `${address} now ${page.wallets.beat.value}` : `${address} at ${atMs}`;
  const { answer, problem } = useAnswer(key, (signal) => fetchQueueRank(address, signal, atMs ?? undefined));
  return (
    <section id="queue-places" class="queue-places" data-rows={answer?.rows.length}>
      <h3>
        <Term name="queue_place">Place in the queue of auto-deleveraging</Term>
      </h3>
      {problem === null ? null : <p class="muted">{problem}</p>}
      {answer === null ? problem === null && <p class="muted">loading</p> : <Places rows={answer.rows} />}
      {answer?.note == null ? null : <p class="muted">{answer.note}</p>}
    </section>
  );
}

function Places({ rows }: { readonly rows: readonly PositionRank[] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <Figures
        head={["position", "place, 1 is first", "ahead of it"]}
        rows={rows.flatMap((row) =>
          row.ranks
            .filter((rank) => rank.is_default)
            .map((rank) => ({ ...placeRow(row, rank, positionName(row)), title: row.note ?? undefined })),
        )}
      />
      <details>
        <summary>By the other scores</summary>
        {rows.map((row) => (
          <div key={positionName(row)}>
            <h4>{positionName(row)}</h4>
            <Figures rows={row.ranks.map((rank) => placeRow(row, rank, scoreName(rank.score)))} />
            <Notes notes={[unrankedText(row), row.note].filter((note) => note !== null)} />
          </div>
        ))}
      </details>
    </>
  );
}

const placeRow = (row: PositionRank, rank: QueueRank, name: string) => ({
  key: name,
  cells: [name, rankText(rank, row.is_profitable), aheadText(rank)],
});
