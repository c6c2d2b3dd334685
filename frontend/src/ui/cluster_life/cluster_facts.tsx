/** What is known of a cluster beside its accounts: odds, structure, deleveraging, and which cluster comes after it. */

import { fetchDeleveraging, type Payer } from "../../api/deleveraging";
import { fetchChain } from "../../api/odds";
import type { Cluster } from "../../api/schema";
import { shortAddress } from "../../format/address";
import { percent, usd } from "../../format/usd";
import { chainRow, measuredText } from "../../model/chain_text";
import { oddsOf } from "../../model/odds_text";
import { structureWords } from "../../model/structure_words";
import { openDeeper } from "../../state/actions";
import { Assumptions, Figures, Notes } from "../figure_parts";
import { Folded } from "../folded";
import { Term } from "../glossary/term";
import { OddsTable } from "../odds/odds_table";
import { Sums } from "../parts";
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
      <Folded
        name="Who is deleveraged if it is reached (SIMULATED)"
        class="deleveraging"
        draw={() => <Deleveraging coin={coin} cluster={cluster} />}
      />
    </section>
  );
}

function Chain({ coin, side }: { readonly coin: string; readonly side: number }) {
  const at = usePage().at.value ?? undefined;
  const { answer, problem } = useAnswer(`${coin} ${side} ${at}`, (signal) => fetchChain(coin, side, signal, at));
  if (answer === null) return <Unanswered problem={problem} />;
  const half = answer.sides.find((each) => each.side === side);
  const links = half?.links ?? [];
  return (
    <>
      {half?.note == null ? null : <p class="muted">{half.note}</p>}
      <p class="muted">
        How often price went on to a cluster from the one before it, and what was liquidated on the way.
      </p>
      {links.length === 0 ? null : (
        <Figures
          data-chain=""
          head={["cluster", `simulated, of ${answer.paths}`, "on the way"]}
          rows={links.map((link) => {
            const row = chainRow(link);
            return { key: link.place, cells: [row.name, row.simulated, row.usd] };
          })}
        />
      )}
      {half === undefined ? null : <p>{measuredText(half)}</p>}
      <Notes notes={answer.notes} />
      <Assumptions notes={answer.assumptions} class="muted" />
    </>
  );
}

function Deleveraging({ coin, cluster }: FactsProps) {
  const at = usePage().at.value ?? undefined;
  const { answer, problem } = useAnswer(`${coin} ${at}`, (signal) => fetchDeleveraging(coin, signal, at));
  if (answer === null) return <Unanswered problem={problem} />;
  const own = answer.clusters.find(({ side, price_low }) => side === cluster.side && price_low === cluster.price_low);
  if (own === undefined)
    return <p class="muted">{answer.note ?? "This cluster is not among those that were simulated."}</p>;
  if (own.deleveraged_usd === null) return <p class="muted">{own.note ?? "Unknown."}</p>;
  return (
    <>
      <Sums
        rows={[
          ["closed against winners", usd(own.deleveraged_usd), { word: "adl" }],
          ["of the cluster", percent(own.deleveraging_risk, 1), { word: "deleveraging_risk" }],
          ["taken by the order book", usd(own.filled_usd), { word: "forced_flow" }],
          ["taken by the liquidator vault", usd(own.backstop_usd), { word: "backstop" }],
          [`money of the vault, ${answer.vault_equity_source}`, usd(answer.vault_equity_usd)],
        ]}
      />
      <Payers payers={own.payers} count={own.payer_count} />
      <Assumptions notes={answer.assumptions} class="muted" />
    </>
  );
}

/** A run is on its way, or why there is none. */
function Unanswered({ problem }: { readonly problem: string | null }) {
  return (
    <p class="muted" role={problem === null ? "status" : "alert"}>
      {problem ?? "It is being simulated."}
    </p>
  );
}

function Payers({ payers, count }: { readonly payers: readonly Payer[]; readonly count: number | null }) {
  const page = usePage();
  if (payers.length === 0) return <p class="muted">Nobody is closed against it in this run.</p>;
  return (
    <>
      <p class="muted">{`Whose winning positions are closed, ${count ?? payers.length} in all:`}</p>
      {payers.map(({ address, usd: amount, share }) => (
        <button
          key={address}
          type="button"
          class="payer"
          title={address}
          onClick={() => openDeeper(page, { kind: "account", address, atMs: page.at.peek() })}
        >
          <code>{shortAddress(address)}</code> <b>{usd(amount, 3)}</b> <span class="muted">{percent(share, 1)}</span>
        </button>
      ))}
    </>
  );
}
