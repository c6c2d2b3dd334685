/** The layers of the map: of each a switch and what its signs mean. None is added to another. */

import type { ComponentChildren } from "preact";
import { LAYERS, type LayerName } from "../../model/layers";
import { toggleLayer } from "../../state/actions";
import { usePage } from "../use_page";
import { BookKey } from "./book_key";
import { StructureKey } from "./structure_key";
import { TriggersKey } from "./triggers_key";

interface LayerText {
  readonly name: string;
  readonly key: ComponentChildren;
}

const sign = (name: string): ComponentChildren => <i class={name} aria-hidden="true" />;

/** Those that can be drawn. */
const TEXTS: Readonly<Partial<Record<LayerName, LayerText>>> = {
  events: {
    name: "Liquidations",
    key: (
      <>
        <span class="key">{sign("event-sell")} a long was liquidated: sold</span>
        <span class="key">{sign("event-buy")} a short was liquidated: bought</span>
        <span>The larger the sign, the more USD. A click says what price did after it.</span>
      </>
    ),
  },
  sweeps: {
    name: "Sweeps and what they left",
    key: (
      <span>A dashed span: price went through a cluster. It says how much was liquidated and how much is left.</span>
    ),
  },
  book: { name: "Resting orders", key: <BookKey /> },
  triggers: { name: "Stops and take-profits", key: <TriggersKey /> },
  clusters: {
    name: "Clusters",
    key: <span>A span of prices where much is liquidated at once; far ones are arrows at the edge.</span>,
  },
  structure: { name: "Structure", key: <StructureKey /> },
  percent: { name: "Percent lines", key: <span>Lines at 1, 2, 5, 10, 20 and 50 % from the price now.</span> },
};

export function LayersPopover() {
  const page = usePage();
  if (!page.layersShown.isOpen.value) return null;
  return (
    <div id="layers" class="layers" role="group" aria-label="Layers over the map">
      <p class="muted">Each has a scale of its own. Nothing of them is added to the levels of the map.</p>
      {LAYERS.map((name) => {
        const text = TEXTS[name];
        if (text === undefined) return null;
        const isShown = page.layers.value.has(name);
        return (
          <div key={name} class="layer">
            <label>
              <input id={`layer-${name}`} type="checkbox" checked={isShown} onChange={() => toggleLayer(page, name)} />
              <b>{text.name}</b>
            </label>
            {isShown && <div class="layer-key muted">{text.key}</div>}
          </div>
        );
      })}
    </div>
  );
}
