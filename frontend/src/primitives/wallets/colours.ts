/** Colours of accounts by their place in the list; names stand beside them, so none is told by colour alone. */

import type { Theme } from "../heatmap";

/** Of Okabe and Ito's set, which eyes without red or green cones tell apart; darker ones on light ground. */
export const WALLET_COLOURS: Readonly<Record<Theme, readonly string[]>> = {
  dark: ["#f0e442", "#56b4e9", "#e69f00", "#e9a6cf", "#f4f7fa"],
  light: ["#7a5c00", "#0060a0", "#a34100", "#8c3f75", "#17212b"],
};

export function walletColour(theme: Theme, slot: number): string {
  const colours = WALLET_COLOURS[theme];
  return colours[slot % colours.length] ?? "#808080";
}
