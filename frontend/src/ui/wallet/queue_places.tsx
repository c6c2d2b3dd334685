/** Where an account's positions stand among the winners that the exchange closes for losses nobody else takes. */

import { fetchQueueRank, type PositionRank } from "../../api/deleveraging";
import { aheadText, positionName, rankText, scoreName, unrankedText } from "../../model/queue_text";
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
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">position</th>
            <th scope="col">place, 1 is first</th>
            <th scope="col">ahead of it</th>
          </tr>
        </thead>
        <tbody>
          {rows.flatMap((row) =>
            row.ranks
              .filter((rank) => rank.is_default)
              .map((rank) => (
                <tr key={positionName(row)} title={row.note ?? undefined}>
                  <th scope="row">{positionName(row)}</th>
                  <td>{rankText(rank, row.is_profitable)}</td>
                  <td>{aheadText(rank)}</td>
                </tr>
              )),
          )}
        </tbody>
      </table>
      <details>
        <summary>By the other scores</summary>
        {rows.map((row) => (
          <div key={positionName(row)}>
            <h4>{positionName(row)}</h4>
            <table class="figures">
              <tbody>
                {row.ranks.map((rank) => (
                  <tr key={rank.score}>
                    <th scope="row">{scoreName(rank.score)}</th>
                    <td>{rankText(rank, row.is_profitable)}</td>
                    <td>{aheadText(rank)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {[unrankedText(row), row.note].map((note) =>
              note === null ? null : (
                <p key={note} class="muted">
                  {note}
                </p>
              ),
            )}
          </div>
        ))}
      </details>
    </>
  );
}
