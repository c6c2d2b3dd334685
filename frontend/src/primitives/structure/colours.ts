/** Colours of structure: none that a palette of the map, a side, or resting orders have. */

import type { Theme } from "../heatmap";

export interface StructureColours {
  /** Lines, swings and their names. */
  readonly line: string;
  readonly volume: string;
  readonly valueArea: string;
}

export const STRUCTURE_COLOURS: Readonly<Record<Theme, StructureColours>> = {
  dark: { line: "#d8dee5", volume: "#7d8fa3", valueArea: "#b9c7d6" },
  light: { line: "#2d3a47", volume: "#7a8896", valueArea: "#47576a" },
};
