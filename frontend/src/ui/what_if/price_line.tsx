/** The line of the price asked about: dragged by pointer or finger, moved by arrows, asked by Enter. */

import { formatPrice } from "../../format/price";
import { distance } from "../../format/usd";
import type { ChartAxes } from "../../model/places";
import type { PriceSpan } from "../../model/price_span";
import { lineTop, PriceSlider } from "../map/price_slider";
import { usePage } from "../use_page";

interface PriceLineProps {
  readonly axes: ChartAxes;
  readonly prices: PriceSpan;
}

export function PriceLine({ axes, prices }: PriceLineProps) {
  const page = usePage();
  const { whatIf } = page;
  const price = whatIf.typedPrice;
  const mark = page.mark.value;
  if (price === null) return null;
  const away = mark === null ? "" : ` (${distance((price / mark - 1) * 100)})`;
  const text = `${page.coin.value ?? "price"} at ${formatPrice(price)}${away}`;
  const ask = (): void => {
    whatIf.runAsked.value += 1;
  };
  const take = (key: string): boolean => {
    if (key === "Enter") ask();
    else if (key === "Escape") whatIf.clear();
    else return false;
    return true;
  };
  return (
    <div class="what-if-line" style={{ top: `${lineTop(price, axes, prices)}px` }}>
      <PriceSlider
        id="what-if-line"
        class="what-if-handle"
        label="What if price gets here: the price that is simulated"
        text={text}
        price={price}
        axes={axes}
        prices={prices}
        plane=".what-if-map"
        move={(at) => whatIf.setPrice(at)}
        drop={ask}
        take={take}
      />
      <div class="what-if-tag">
        <span class="badge simulated">SIMULATED</span>
        <span>{text}</span>
        <button id="what-if-run" type="button" onClick={ask}>
          Simulate
        </button>
        <button id="what-if-clear" type="button" onClick={() => whatIf.clear()}>
          Clear
        </button>
      </div>
    </div>
  );
}
