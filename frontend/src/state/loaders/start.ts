/** The first questions: how the map stands and which coins it has. Asked again until somebody answers. */

import { batch } from "@preact/signals";
import { ApiError, fetchCoins, fetchStatus } from "../../api/client";
import { change } from "../actions";
import type { PageState } from "../page_state";

/** Milliseconds before they are asked again where nobody answered. */
const AGAIN_MS = 2_000;

export async function start(page: PageState): Promise<void> {
  try {
    const [status, { coins }] = await Promise.all([fetchStatus(), fetchCoins()]);
    batch(() => {
      page.tell(null);
      page.status.value = status;
      page.coins.value = coins;
      openFirst(
        page,
        coins.map((row) => row.coin),
      );
      page.isStarted.value = true;
    });
  } catch (error) {
    page.tell(error);
    window.setTimeout(() => void start(page), AGAIN_MS);
  }
}

/** The coin of the link, else BTC, else the largest. */
function openFirst(page: PageState, names: readonly string[]): void {
  const linked = page.coin.value;
  if (linked !== null && names.includes(linked)) return;
  if (linked !== null) page.tell(new ApiError(`no coin ${linked} here`, 404));
  const coin = names.includes("BTC") ? "BTC" : (names[0] ?? null);
  if (coin === null) page.tell(new ApiError("no coin is loaded", 404));
  change(page, { coin });
}
