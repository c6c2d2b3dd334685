/** What is drawn of accounts over the map of the coin. */

import { CANVAS_COLOURS } from "../chart/themes";
import { shareNear } from "../model/near_share";
import { levelRuns } from "../model/wallet_history";
import { type ShareOf, type WalletHolding, walletLines } from "../model/wallet_lines";
import type { WalletPicture } from "../primitives/wallets";
import type { PageState } from "./page_state";

export function walletPicture(page: PageState): WalletPicture {
  const { wallets } = page;
  const coin = page.coin.value;
  const theme = page.theme.value;
  const saved = wallets.saved.value;
  const lines =
    coin === null || saved.length === 0 ? [] : walletLines(saved, wallets.answers.value, coin, shareOf(page));
  const answer = wallets.history.value;
  const history =
    answer === null || typeof answer === "string" || answer.coin !== coin
      ? null
      : { runs: levelRuns(answer), slot: slotOf(page, answer.address) };
  return { lines, history, theme, ground: CANVAS_COLOURS[theme].background };
}

/** The place of an account's colour: of one that is not followed, the next free one. */
export function slotOf(page: PageState, address: string): number {
  const saved = page.wallets.saved.value;
  const place = saved.findIndex((each) => each.address === address);
  return place < 0 ? saved.length : place;
}

/** By the bands on screen. */
export function shareOf(page: PageState): ShareOf {
  const bands = page.bands.value;
  const logWidth = page.heat.value?.log_width ?? null;
  const area = page.visible.value;
  return ({ side, size, level }: Pick<WalletHolding, "side" | "size" | "level">) => {
    if (bands === null || logWidth === null || area === null || level === null) return null;
    return shareNear({ side, size, level }, bands, logWidth, { low: area.lowPrice, high: area.highPrice });
  };
}
