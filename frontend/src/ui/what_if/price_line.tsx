/** The line of the price asked about: dragged by pointer or finger, moved by arrows, asked by Enter. */

import { useSignal } from "@preact/signals";
import { formatPrice } from "../../format/price";
import { distance } from "../../format/usd";
import type { ChartAxes } from "../../model/places";
import type { PriceSpan } from "../../model/price_span";
import { priceAtY, steppedPrice } from "../../model/what_if_map";
import { usePage } from "../use_page";

const KEY_STEPS: Readonly<Record<string, number>> = {
  ArrowUp: 0.001,
  ArrowRight: 0.001,
  ArrowDown: -0.001,
  ArrowLeft: -0.001,
  PageUp: 0.01,
  PageDown: -0.01,
};
/** CSS pixels that the line keeps from the edges, so that it can be taken. */
const EDGE = 24;

interface PriceLineProps {
  readonly axes: ChartAxes;
  readonly prices: PriceSpan;
}

export function PriceLine({ axes, prices }: PriceLineProps) {
  const page = usePage();
  const { whatIf } = page;
  const isDragged = useSignal(false);
  const price = whatIf.typedPrice;
  const mark = page.mark.value;
  if (price === null) return null;
  const away = mark === null ? "" : ` (${distance((price / mark - 1) * 100)})`;
  const text = `${page.coin.value ?? "price"} at ${formatPrice(price)}${away}`;
  const y = axes.yOf(price) ?? (price < prices.low ? axes.height : 0);
  const top = Math.round(Math.min(Math.max(y, EDGE), axes.height - EDGE));

  const ask = (): void => {
    whatIf.runAsked.value += 1;
  };
  const drag = (event: PointerEvent & { readonly currentTarget: HTMLElement }): void => {
    if (!isDragged.peek()) return;
    const plane = event.currentTarget.closest(".what-if-map")?.getBoundingClientRect();
    if (plane !== undefined) whatIf.setPrice(priceAtY(axes.yOf, event.clientY - plane.top, prices.low, prices.high));
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = KEY_STEPS[event.key];
    if (event.key === "Enter") ask();
    else if (event.key === "Escape") whatIf.clear();
    else if (step !== undefined) whatIf.setPrice(steppedPrice(price, step));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="what-if-line" style={{ top: `${top}px` }}>
      <div
        id="what-if-line"
        class="what-if-handle"
        role="slider"
        tabIndex={0}
        aria-label="What if price gets here: the price that is simulated"
        aria-orientation="vertical"
        aria-valuemin={prices.low}
        aria-valuemax={prices.high}
        aria-valuenow={price}
        aria-valuetext={text}
        onKeyDown={onKey}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          isDragged.value = true;
        }}
        onPointerMove={drag}
        onPointerUp={() => {
          if (isDragged.peek()) ask();
          isDragged.value = false;
        }}
        onPointerCancel={() => {
          isDragged.value = false;
        }}
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
