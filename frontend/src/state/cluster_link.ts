/** A link that names a cluster: opened as by a click once it is known and the chart is there. */

import { effect, untracked } from "@preact/signals";
import { openCluster } from "./actions";
import type { PageState } from "./page_state";

export function followClusterLink(page: PageState): void {
  let opened: string | null = null;
  effect(() => {
    const name = page.view.value.cluster;
    const cluster = page.chosen.value;
    if (name === null || name === opened) {
      opened = name;
      return;
    }
    if (cluster === null || page.visible.value === null) return;
    opened = name;
    // What a click opened is open already; what a link says of prices and times goes before the cluster's own.
    untracked(() => {
      const { prices, span, account } = page.view.value;
      const isOpen = page.drawer.value.length > 0 || account !== null;
      if (!isOpen) openCluster(page, cluster, prices === null && span === null);
      opened = page.view.value.cluster;
    });
  });
}
