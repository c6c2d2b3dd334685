/** The legend: how large hot is, what is too little to be drawn, and what else the signs of the map mean. */

import type { CandlesAnswer } from "../../api/schema";
import { PALETTES, type PaletteName } from "../../primitives/heatmap";
import { setPalette } from "../../state/actions";
import { usePage } from "../use_page";
import { Ramp } from "./ramp";
import { Threshold } from "./threshold";

export function Legend() {
  const page = usePage();
  return (
    <div class="legend">
      <Ramp />
      <Threshold />
      <label>
        <span class="muted">colours</span>{" "}
        <select
          id="palette"
          value={page.palette.value}
          onChange={(event) => setPalette(page, event.currentTarget.value as PaletteName)}
        >
          {Object.entries(PALETTES).map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <Candles />
      <Key sign="event-sell" text="long liquidated: sold" />
      <Key sign="event-buy" text="short liquidated: bought" />
      <Key sign="lone" text="one account alone" />
      <Key sign="hatch" text="not loaded" />
    </div>
  );
}

/** Whose price is drawn; of another venue it is shown and stands in no sum. */
function Candles() {
  const source = usePage().candles.value?.source ?? null;
  if (source === null) return null;
  return (
    <span id="candles-source" class="muted">
      {candlesText(source)}
    </span>
  );
}

export const candlesText = (source: CandlesAnswer["source"]): string =>
  source.kind === "venue_candles" ? `price: ${source.name}, shown only, in no sum` : "price: marks of this map";

function Key({ sign, text }: { readonly sign: string; readonly text: string }) {
  return (
    <span class="key">
      <i class={sign} aria-hidden="true" />
      <span class="muted">{text}</span>
    </span>
  );
}
