/** What a reader chose and keeps between visits: colours, curve, theme. The view itself is in the address. */

import { DETAILS, type Detail } from "../model/fetch_plan";
import { CURVES, type Curve, PALETTES, type PaletteName, type Theme } from "../primitives/heatmap";

export interface Settings {
  readonly theme: Theme;
  readonly palette: PaletteName;
  readonly curve: Curve;
  readonly detail: Detail;
}

const KEY = "liqscape.settings";

/** Saved settings; anything missing or unknown gets its default, the theme from the system's preference. */
export function loadSettings(): Settings {
  const wanted: Theme = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  let saved: Partial<Settings> = {};
  try {
    saved = (JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings> | null) ?? {};
  } catch {
    saved = {};
  }
  return {
    theme: saved.theme === "dark" || saved.theme === "light" ? saved.theme : wanted,
    palette: saved.palette !== undefined && saved.palette in PALETTES ? saved.palette : "thermal",
    curve: saved.curve !== undefined && CURVES.includes(saved.curve) ? saved.curve : "log",
    detail: saved.detail !== undefined && saved.detail in DETAILS ? saved.detail : "normal",
  };
}

export function saveSettings(settings: Settings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing still shows the map.
  }
}
