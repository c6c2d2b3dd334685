/** What a reader chose and keeps between visits: theme, colours, and by coin what is too little to be drawn. */

import { PALETTES, type PaletteName, type Theme } from "../primitives/heatmap";
import { keep, readKept } from "./kept";

/** system: as the reader's system has it. */
export const THEMES = ["dark", "light", "system"] as const;
export type ThemeChoice = (typeof THEMES)[number];

export interface Settings {
  readonly theme: ThemeChoice;
  readonly palette: PaletteName;
  /** USD per 0.1 % of price from which cells are drawn, by coin; a coin without one has the default. */
  readonly thresholds: Readonly<Record<string, number>>;
}

const NAME = "settings";

/** Saved settings; anything missing or unknown gets its default. */
export function loadSettings(): Settings {
  const saved = (readKept(NAME) ?? {}) as Partial<Record<keyof Settings, unknown>>;
  return {
    theme: THEMES.find((theme) => theme === saved.theme) ?? "dark",
    palette: isPalette(saved.palette) ? saved.palette : "thermal",
    thresholds: numbersOf(saved.thresholds),
  };
}

export const saveSettings = (settings: Settings): void => keep(NAME, settings);

export const isPalette = (name: unknown): name is PaletteName =>
  typeof name === "string" && Object.hasOwn(PALETTES, name);

/** The theme that is drawn. */
export const themeOf = (choice: ThemeChoice, isSystemLight: boolean): Theme =>
  choice === "system" ? (isSystemLight ? "light" : "dark") : choice;

function numbersOf(saved: unknown): Record<string, number> {
  if (typeof saved !== "object" || saved === null) return {};
  return Object.fromEntries(Object.entries(saved).filter(([, value]) => typeof value === "number" && value >= 0));
}
