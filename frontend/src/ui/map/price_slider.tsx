/** The handle of a price on the map: dragged by pointer or finger within its plane, moved by arrows. */

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { ChartAxes } from "../../model/places";
import type { PriceSpan } from "../../model/price_span";
import { priceAtY, steppedPrice } from "../../model/what_if_map";

const KEY_STEPS: Readonly<Record<string, number>> = {
  ArrowUp: 0.001,
  ArrowRight: 0.001,
  ArrowDown: -0.001,
  ArrowLeft: -0.001,
  PageUp: 0.01,
  PageDown: -0.01,
};

/** CSS pixels that a line keeps from the edges, so that it can be taken. */
const EDGE = 24;

interface PriceSliderProps {
  readonly id: string;
  readonly class: string;
  readonly label: string;
  /** The price in words. */
  readonly text: string;
  readonly price: number;
  readonly axes: ChartAxes;
  /** Prices on screen. */
  readonly prices: PriceSpan;
  /** A selector of the element whose upper edge is that of the pane. */
  readonly plane: string;
  readonly move: (price: number) => void;
  /** Let go after a drag. */
  readonly drop?: () => void;
  /** Whether a key beside those that move was taken. */
  readonly take?: (key: string) => boolean;
  readonly children?: ComponentChildren;
}

export function PriceSlider({
  id,
  label,
  text,
  price,
  axes,
  prices,
  plane,
  move,
  drop,
  take,
  ...rest
}: PriceSliderProps) {
  const isDragged = useSignal(false);
  const end = (): void => {
    isDragged.value = false;
  };
  return (
    <div
      id={id}
      class={rest.class}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-orientation="vertical"
      aria-valuemin={Math.min(prices.low, price)}
      aria-valuemax={Math.max(prices.high, price)}
      aria-valuenow={price}
      aria-valuetext={text}
      onKeyDown={(event) => {
        const step = KEY_STEPS[event.key];
        if (step !== undefined) move(steppedPrice(price, step));
        else if (take?.(event.key) !== true) return;
        event.preventDefault();
        event.stopPropagation();
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        isDragged.value = true;
      }}
      onPointerMove={(event) => {
        if (!isDragged.peek()) return;
        const box = event.currentTarget.closest(plane)?.getBoundingClientRect();
        if (box !== undefined) move(priceAtY(axes.yOf, event.clientY - box.top, prices.low, prices.high));
      }}
      onPointerUp={() => {
        if (isDragged.peek()) drop?.();
        end();
      }}
      onPointerCancel={end}
    >
      {rest.children}
    </div>
  );
}

/** Where a line of a price stands: at its edge where the price is beyond it. */
export function lineTop(price: number, axes: ChartAxes, prices: PriceSpan): number {
  const y = axes.yOf(price) ?? (price < prices.low ? axes.height : 0);
  return Math.round(Math.min(Math.max(y, EDGE), axes.height - EDGE));
}
