/** What is known of a cluster beside its accounts: odds, structure, deleveraging, and which cluster comes after it. */

import { fetchChain } from "../../api/odds";
import type { Cluster } from "../../api/schema";
import { chainRow, measuredText } from "../../model/chain_text";
import { oddsOf } from "../../model/odds_text";
import { structureWords } from "../../model/structure_words";
import { Folded } from "../folded";
import { Term } from "../glossary/term";
import { OddsTable } from "../odds/odds_table";
import { useAnswer, usePage } from "../use_page";

interface FactsProps {
  readonly coin: string;
  readonly cluster: Cluster;
}

export function ClusterFacts({ coin, cluster }: FactsProps) {
  const page = usePage();
  const { odds, structure } = page.besideClusters;
  const answer = odds.value?.coin === coin ? odds.value : null;
  const level = oddsOf(answer, cluster);
  const words = structure.value?.coin === coin ? structureWords(structure.value, cluster) : [];
  return (
    <section class="cluster-facts" aria-label="Odds and deleveraging">
      {words.length === 0 ? null : (
        <p>
          <Term name="confluence">By structure</Term>
          {`: ${words.join("; ")}.`}
        </p>
      )}
      <h3>
        <Term name="odds">How often such a distance was reached</Term>
      </h3>
      {level === null || answer === null ? (
        <p class="muted">Unknown: nothing was measured of it.</p>
      ) : (
        <OddsTable within={level.within} horizons={answer.horizons} />
      )}
      <Folded
        name="Which cluster comes next (SIMULATED)"
        class="chain"
        draw={() => <Chain coin={coin} side={cluster.side} />}
      />
    </section>
  );
}

function Chain({ coin, side }: { readonly coin: string; readonly side: number }) {
  const at = usePage().at.value ?? undefined;
  const { answer, problem } = useAnswer(`${coin} ${side} ${at}`, (signal) => fetchChain(coin, side, signal, at));
  if (problem !== null)
    return (
      <p class="muted" role="alert">
        {problem}
      </p>
    );
  if (answer === null)
    return (
      <p class="muted" role="status">
        It is being simulated.
      </p>
    );
  const half = answer.sides.find((each) => each.side === side);
  const links = half?.links ?? [];
  return (
    <>
      {half?.note == null ? null : <p class="muted">{half.note}</p>}
      <p class="muted">
        How often price went on to a cluster from the one before it, and what was liquidated on the way.
      </p>
      {links.length === 0 ? null : (
        <table class="figures" data-chain="">
          <thead>
            <tr>
              <th scope="col">cluster</th>
              <th scope="col">{`simulated, of ${answer.paths}`}</th>
              <th scope="col">on the way</th>
            </tr>
          </thead>
          <tbody>
            {links.map((link) => {
              const row = chainRow(link);
              return (
                <tr key={link.place}>
                  <th scope="row">{row.name}</th>
                  <td>{row.simulated}</td>
                  <td>{row.usd}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {half === undefined ? null : <p>{measuredText(half)}</p>}
      {answer.notes.map((note) => (
        <p key={note} class="muted">
          {note}
        </p>
      ))}
      <details>
        <summary>{`What was assumed (${answer.assumptions.length})`}</summary>
        <ul class="muted">
          {answer.assumptions.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </details>
    </>
  );
}
