/** While the map waits for something: how far that is, asked each second. */

import { effect } from "@preact/signals";
import { fetchStatus } from "../../api/client";
import type { PageState } from "../page_state";

const AGAIN_MS = 1_000;

let isAsking = false;

export function keepPreparing(page: PageState): void {
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
      // After a sample it is another history with other coins, and what was refused meanwhile is asked again.
      if (page.status.peek()?.preparing?.is_sample || page.newest.bands.peek() === null) location.reload();
      else page.status.value = status;
      isAsking = false;
      return;
    }
    page.status.value = status;
  } catch {
    // Between two servers nobody answers.
  }
  window.setTimeout(() => void look(page), AGAIN_MS);
}
