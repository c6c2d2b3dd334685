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
      const isWanted =
        page.isMapServed.value && coin !== null && !(page.isHidden.value && page.newest.clusters.peek() !== null);
      return isWanted ? { coin, held: page.held.value } : null;
    },
    async ({ coin, held }, signal) => {
      const [clusters, asymmetry] = await Promise.all([
        fetchClusters(coin, signal, "solo", held),
        fetchAsymmetry(coin, signal),
      ]);
      if (signal.aborted) return;
      batch(() => {
        page.newest.clusters.value = clusters;
        page.newest.asymmetry.value = asymmetry;
      });
    },
    tell,
  );
  askWhen(
    () => {
      void page.news.figures.value;
      const coin = page.coin.value;
      if (!page.isStarted.value || !page.isJoint.value || coin === null || page.isHidden.value) return null;
      return { coin, atMs: page.moment.value?.frame.as_of_ms, isPast: page.at.value !== null };
    },
    async ({ coin, atMs, isPast }, signal) => {
      if (isPast && page.joint.peek()?.clusters.as_of_ms !== atMs) page.joint.value = null;
      if (isPast && atMs === undefined) return;
      const [frame, clusters] = await Promise.all([
        fetchJointFrame(coin, signal, atMs),
        fetchClusters(coin, signal, "joint", "any", atMs),
      ]);
      if (signal.aborted) return;
      const bands = CurrentBands.of(frame.mark, frame.level, frame.bands, frame.bands.margin_source);
      page.joint.value = { bands, clusters, note: frame.joint };
    },
    tell,
  );
}
