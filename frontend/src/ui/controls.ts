/** Buttons and selects of the page: filled once, each tells what was chosen. */

import { DETAILS, type Detail } from "../model/fetch_plan";
import { HELD, HELD_WORDS, type Held } from "../model/held";
import { RANGES, type RangeName } from "../model/time_range";
import { LEVELS, type Levels, MODES, type Mode } from "../model/view_hash";
import { CURVES, type Curve, PALETTES, type PaletteName } from "../primitives/heatmap";
import { ORDERS, type Order } from "./clusters";
import { byId, el, fillGroup } from "./dom";
import type { Settings } from "./settings";

const LEVEL_TITLES: Record<Levels, string> = {
  solo: "each coin moves alone, as the exchange publishes it",
  joint: "all coins move with BTC by their betas",
};

export interface ControlActions {
  readonly range: (range: RangeName) => void;
  readonly mode: (mode: Mode) => void;
  readonly levels: (levels: Levels) => void;
  readonly order: (order: Order) => void;
  readonly held: (held: Held) => void;
  readonly settings: (change: Partial<Settings>) => void;
  readonly threshold: () => void;
  readonly theme: () => void;
  readonly help: () => void;
}

export function buildControls(settings: Settings, actions: ControlActions): void {
  fillGroup(
    byId("ranges"),
    RANGES.map((value) => ({ value, label: value })),
    (value) => actions.range(value as RangeName),
  );
  fillGroup(
    byId("modes"),
    MODES.map((value) => ({ value, label: value })),
    (value) => actions.mode(value as Mode),
  );
  fillGroup(
    byId("levels"),
    LEVELS.map((value) => ({ value, label: value, title: `${LEVEL_TITLES[value]} (j)` })),
    (value) => actions.levels(value as Levels),
  );
  fillGroup(
    byId("orders"),
    Object.entries(ORDERS).map(([value, label]) => ({ value, label })),
    (value) => actions.order(value as Order),
  );
  fillGroup(
    byId("held"),
    HELD.map((value) => ({ value, label: HELD_WORDS[value], title: "by the weighted age (h)" })),
    (value) => actions.held(value as Held),
  );
  const curves = CURVES.map((name): [string, string] => [name, name]);
  fillSelect("curve", curves, settings.curve, (value) => actions.settings({ curve: value as Curve }));
  fillSelect("palette", Object.entries(PALETTES), settings.palette, (value) =>
    actions.settings({ palette: value as PaletteName }),
  );
  const details = Object.keys(DETAILS).map((name): [string, string] => [name, name]);
  fillSelect("detail", details, settings.detail, (value) => actions.settings({ detail: value as Detail }));
  byId("threshold").addEventListener("input", actions.threshold);
  byId("theme").addEventListener("click", actions.theme);
  byId("help").addEventListener("click", actions.help);
}

function fillSelect(
  id: string,
  options: readonly [value: string, label: string][],
  chosen: string,
  choose: (value: string) => void,
): void {
  const select = byId<HTMLSelectElement>(id);
  select.append(...options.map(([value, label]) => el("option", { value }, label)));
  select.value = chosen;
  select.addEventListener("change", () => choose(select.value));
}
