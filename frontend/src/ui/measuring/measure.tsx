/** Two points and what lies between them: over the map while one measures, then beside the mouse's way. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { formatFrom, formatTo } from "../../format/price";
import { formatAge } from "../../format/time";
import { sumBetween } from "../../model/band_sums";
import type { ChartAxes } from "../../model/places";
import { shownExponent } from "../../model/price_ticks";
import { endMeasuring, fixPoint, type MeasuredPoint, measureTo } from "../../state/measuring";
import { pricedBands } from "../../state/priced_bands";
import { sumsText } from "../map/profile_part";
import { usePage } from "../use_page";

const STEP_PX = 6;
const FAST = 8;
/** CSS pixels that a press may move and still be a click. */
const CLICK_PX = 8;
const HINT = {
  first: "First point: click, or arrows and Enter. Esc ends.",
  second: "Second point: click, or arrows and Enter.",
  done: "",
  off: "",
} as const;
const MOVES: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function Measure() {
  const page = usePage();
  const pane = useRef<HTMLDivElement>(null);
  const pressed = useRef<{ x: number; y: number } | null>(null);
  const { step, from, to } = page.measuring;
  const axes = page.axes.value;
  const now = step.value;
  useLayoutEffect(() => {
    if (now === "first") pane.current?.focus();
  }, [now]);
  if (now === "off" || axes === null || from.value === null) return null;
  const go = (x: number, y: number): void => {
    const [timeMs, price] = [axes.timeOf(clamp(x, axes.width)), axes.priceOf(clamp(y, axes.height))];
    if (timeMs !== null && price !== null && price > 0) measureTo(page, { timeMs, price });
  };
  const key = (event: KeyboardEvent): void => {
    const move = MOVES[event.key];
    const point = now === "first" ? from.value : to.value;
    if (now === "done" || point === null || (move === undefined && event.key !== "Enter")) return;
    event.preventDefault();
    event.stopPropagation();
    if (move === undefined) {
      fixPoint(page);
      return;
    }
    const length = STEP_PX * (event.shiftKey ? FAST : 1);
    go((axes.xOf(point.timeMs) ?? 0) + move[0] * length, (axes.yOf(point.price) ?? 0) + move[1] * length);
  };
  return (
    <div
      id="measure"
      class={`measure ${now}`}
      ref={pane}
      tabIndex={now === "done" ? -1 : 0}
      role="application"
      aria-label={`Measure. ${HINT[now]}`}
      style={{ left: `${axes.left}px`, width: `${axes.width}px`, height: `${axes.height}px` }}
      onPointerDown={(event) => {
        // Then the map is below again, and only the button is here.
        if (now === "done") return;
        event.currentTarget.setPointerCapture(event.pointerId);
        pressed.current = { x: event.offsetX, y: event.offsetY };
        go(event.offsetX, event.offsetY);
        if (now === "first") fixPoint(page);
        else pressed.current = { x: Number.NaN, y: 0 };
      }}
      onPointerMove={(event) => {
        if (now !== "done") go(event.offsetX, event.offsetY);
      }}
      onPointerUp={(event) => {
        const start = pressed.current;
        pressed.current = null;
        if (start === null || step.peek() !== "second") return;
        // Let go where it was pressed: the first point alone.
        if (Math.hypot(event.offsetX - start.x, event.offsetY - start.y) < CLICK_PX) return;
        fixPoint(page);
      }}
      onKeyDown={key}
    >
      <Dot point={from.value} axes={axes} />
      {to.value !== null && <Dot point={to.value} axes={axes} />}
      {to.value === null ? (
        <p class="measure-hint">{HINT[now]}</p>
      ) : (
        <Result from={from.value} to={to.value} axes={axes} />
      )}
    </div>
  );
}

interface ResultParts {
  readonly from: MeasuredPoint;
  readonly to: MeasuredPoint;
  readonly axes: ChartAxes;
}

function Result({ from, to, axes }: ResultParts) {
  const page = usePage();
  const bands = pricedBands(page, 0);
  const sums = bands === null ? { long: null, short: null } : sumBetween(bands, from.price, to.price);
  const [x0, x1] = [axes.xOf(from.timeMs) ?? 0, axes.xOf(to.timeMs) ?? 0];
  const [y0, y1] = [axes.yOf(from.price) ?? 0, axes.yOf(to.price) ?? 0];
  const perPixel = Math.abs((axes.priceOf(y1 + 1) ?? to.price) - to.price);
  const exponent = shownExponent(Math.max(from.price, to.price), perPixel);
  const [left, top] = [Math.min(x0, x1), Math.min(y0, y1)];
  const box = {
    transform: `translate(${left}px, ${top}px)`,
    width: `${Math.abs(x1 - x0)}px`,
    height: `${Math.abs(y1 - y0)}px`,
  };
  const ahead = to.timeMs - from.timeMs;
  const difference = to.price - from.price;
  const sign = difference < 0 ? "−" : "+";
  return (
    <>
      <div class={`measure-box ${difference < 0 ? "down" : "up"}`} style={box} />
      <div
        id="measure-result"
        class="measure-result"
        role="status"
        data-from={from.price}
        data-to={to.price}
        data-long={sums.long ?? ""}
        data-short={sums.short ?? ""}
        style={placeOf(axes, Math.max(x0, x1), Math.max(y0, y1), top)}
      >
        <b>{formatFrom(to.price, from.price, Math.max(perPixel, 10 ** exponent))}</b>
        <span class="muted">
          {` ${sign}${formatTo(Math.abs(difference), exponent)} USD, ${ahead < 0 ? "back " : ""}${formatAge(Math.abs(ahead))}`}
        </span>
        <div>{`${formatTo(from.price, exponent)} to ${formatTo(to.price, exponent)}`}</div>
        <div>{`levels between, now: ${sumsText(sums)}`}</div>
        {page.measuring.step.value === "second" ? (
          <div class="muted">{HINT.second}</div>
        ) : (
          <button type="button" id="measure-end" onClick={() => endMeasuring(page)}>
            close
          </button>
        )}
      </div>
    </>
  );
}

function Dot({ point, axes }: { readonly point: MeasuredPoint; readonly axes: ChartAxes }) {
  const [x, y] = [axes.xOf(point.timeMs), axes.yOf(point.price)];
  if (x === null || y === null) return null;
  return <i class="measure-dot" style={{ transform: `translate(${Math.round(x)}px, ${Math.round(y)}px)` }} />;
}

/** Below the lower point, or above the upper where that is too low; always within the pane. */
function placeOf(axes: ChartAxes, x: number, low: number, high: number) {
  const [width, height] = [Math.min(270, axes.width), 112];
  const top = low + height + 8 < axes.height ? low + 8 : Math.max(high - height - 8, 4);
  return { transform: `translate(${clamp(x - width, axes.width - width)}px, ${top}px)`, width: `${width}px` };
}

const clamp = (value: number, most: number): number => Math.min(Math.max(value, 0), Math.max(most, 0));
