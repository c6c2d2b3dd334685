/** Clusters and balance of the coin, and with joint levels their bands and clusters: again with each push. */

import { batch } from "@preact/signals";
import { fetchAsymmetry, fetchClusters, fetchJointFrame } from "../../api/client";
import { CurrentBands } from "../../model/bands";
import { askWhen } from "../asking";
import type { PageState } from "../page_state";

export function keepFigures(page: PageState): void {
  const tell = (error: unknown): void => page.tell(error);
  askWhen(
    () => {
      void page.news.figures.value;
      const coin = page.coin.value;
      const isWanted = page.isStarted.value && coin !== null && !(page.isHidden.value && page.clusters.peek() !== null);
      return isWanted ? { coin, held: page.held.value } : null;
    },
    async ({ coin, held }, signal) => {
      const [clusters, asymmetry] = await Promise.all([
        fetchClusters(coin, signal, "solo", held),
        fetchAsymmetry(coin, signal),
      ]);
      if (signal.aborted) return;
      batch(() => {
        page.clusters.value = clusters;
        page.asymmetry.value = asymmetry;
      });
    },
    tell,
  );
  askWhen(
    () => {
      void page.news.figures.value;
      const coin = page.coin.value;
      return page.isStarted.value && page.isJoint.value && coin !== null && !page.isHidden.value ? coin : null;
    },
    async (coin, signal) => {
      const [frame, clusters] = await Promise.all([
        fetchJointFrame(coin, signal),
        fetchClusters(coin, signal, "joint"),
      ]);
      if (signal.aborted) return;
      const bands = CurrentBands.of(frame.mark, frame.level, frame.bands, frame.bands.margin_source);
      page.joint.value = { bands, clusters, note: frame.joint };
    },
    tell,
  );
}
