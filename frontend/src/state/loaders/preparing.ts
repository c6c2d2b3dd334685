/** While the server shows a sample: how far the map proper is, asked each second. The page begins again once it is there. */

import { effect } from "@preact/signals";
import { fetchStatus } from "../../api/client";
import type { PageState } from "../page_state";

const AGAIN_MS = 1_000;

export function keepPreparing(page: PageState): void {
  let isAsking = false;
  effect(() => {
    if (isAsking || !page.status.value?.preparing) return;
    isAsking = true;
    window.setTimeout(() => void look(page), AGAIN_MS);
  });
}

async function look(page: PageState): Promise<void> {
  try {
    const status = await fetchStatus();
    if (!status.preparing) {
      location.reload(); // another history, other coins: nothing of the sample may stay
      return;
    }
    page.status.value = status;
  } catch {
    // Between the two servers nobody answers.
  }
  window.setTimeout(() => void look(page), AGAIN_MS);
}
