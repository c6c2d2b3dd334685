/** The way to the next cluster above and below: how far, how large it is, and what is liquidated before it. */

import type { Cluster } from "../../api/schema";
import { formatFrom, formatTo } from "../../format/price";
import { usd } from "../../format/usd";
import { type PricedBands, sumBetween, totalOf } from "../../model/band_sums";
import { nextClusters } from "../../model/next_clusters";
import { shownExponent } from "../../model/price_ticks";
import { pricedBands } from "../../state/priced_bands";
import { usePage } from "../use_page";

export function NextClusters() {
  const page = usePage();
  const [clusters, mark] = [page.shownClusters.value?.clusters ?? null, page.mark.value];
  if (clusters === null || mark === null) return null;
  const bands = pricedBands(page, 0);
  const { above, below } = nextClusters(clusters, mark);
  return (
    <span id="next-clusters" class="next-clusters muted">
      <Next name="above" cluster={above} mark={mark} bands={bands} />
      <Next name="below" cluster={below} mark={mark} bands={bands} />
    </span>
  );
}

interface NextParts {
  readonly name: "above" | "below";
  readonly cluster: Cluster | null;
  readonly mark: number;
  readonly bands: PricedBands | null;
}

function Next({ name, cluster, mark, bands }: NextParts) {
  const sign = name === "above" ? "▲" : "▼";
  if (cluster === null) return <span data-next={name}>{`${sign} no cluster ${name}`}</span>;
  const edge = name === "above" ? cluster.price_low : cluster.price_high;
  const exponent = shownExponent(edge, edge * 1e-3);
  const way = bands === null ? null : totalOf(sumBetween(bands, mark, edge));
  return (
    <span data-next={name} data-price={edge} data-way={way ?? ""}>
      {`${sign} next cluster ${formatTo(edge, exponent)} ${formatFrom(edge, mark, edge * 1e-3)}, ${usd(cluster.notional, 3)}`}
      {way === null ? "" : `; ${usd(way, 3)} before it`}
    </span>
  );
}
