/** What is known of a cluster beside its accounts: how often such a distance was reached, and its structure. */

import type { Cluster } from "../../api/schema";
import { oddsOf } from "../../model/odds_text";
import { structureWords } from "../../model/structure_words";
import { Term } from "../glossary/term";
import { OddsTable } from "../odds/odds_table";
import { usePage } from "../use_page";

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
    <section class="cluster-facts" aria-label="Odds and structure">
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
    </section>
  );
}
