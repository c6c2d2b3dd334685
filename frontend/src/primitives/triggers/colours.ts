/**
 * Three hues that no palette of the map, no resting order and no structure has: violet and plum for stops, ochre for
 * take-profits. Stop sells lie below the mark and stop buys above it, so that none is told by colour alone.
 */

import type { Theme } from "../heatmap";

export type TriggerGroup = "stop_sell" | "stop_buy" | "take_profit";

export const TRIGGER_COLOURS: Readonly<Record<Theme, Readonly<Record<TriggerGroup, string>>>> = {
  dark: { stop_sell: "#bb44ff", stop_buy: "#eebbff", take_profit: "#998822" },
  light: { stop_sell: "#aa22ff", stop_buy: "#663377", take_profit: "#996600" },
};
