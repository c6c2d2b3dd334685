/** A handle for each own line: dragged, moved by arrows, removed. The chart draws the line itself. */

import { formatFrom, formatTo } from "../../format/price";
import { usd } from "../../format/usd";
import { sumBetween, totalOf } from "../../model/band_sums";
import { shownExponent } from "../../model/price_ticks";
import { beginAlert } from "../../state/alert_actions";
import { linesOf, moveLine, removeLine } from "../../state/measuring";
import type { PageState } from "../../state/page_state";
import { pricedBands } from "../../state/priced_bands";
import { usePage } from "../use_page";

const STEP_PX = 4;
const FAST = 10;
/** Digits of price and distance, as the axis says them beside the line. */
const DIGITS = 1e-3;
/** CSS pixels of the map, below which the handle keeps to the price. */
const NARROW = 420;

export function OwnLines() {
  const page = usePage();
  const axes = page.axes.value;
  const lines = linesOf(page);
  if (axes === null || lines.length === 0) return null;
  const bands = pricedBands(page, 0);
  const mark = page.mark.value;
  return (
    <div id="own-lines">
      {lines.map((price, index) => {
        const y = axes.yOf(price);
        if (y === null || y < 0 || y > axes.height) return null;
        const exponent = shownExponent(price, price * DIGITS);
        const name = formatTo(price, exponent);
        const total = bands === null || mark === null ? null : totalOf(sumBetween(bands, mark, price));
        const between = total === null || axes.width < NARROW ? "" : `, ${usd(total, 3)} from the mark to it`;
        const text = `${name}${mark === null ? "" : ` ${formatFrom(price, mark, price * DIGITS)}`}${between}`;
        const goTo = (at: number): void =>
          moveLine(page, index, axes.priceOf(Math.min(Math.max(at, 0), axes.height)) ?? NaN);
        return (
          <div
            key={index}
            class="own-line"
            data-line={price}
            style={{ transform: `translate(${axes.left}px, ${Math.round(y)}px)`, maxWidth: `${axes.width}px` }}
          >
            <button
              type="button"
              class="grip"
              role="slider"
              aria-orientation="vertical"
              aria-valuenow={price}
              aria-valuetext={text}
              aria-label="Own line"
              onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
              onPointerMove={(event) => {
                if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
                goTo(event.clientY - topOf(event.currentTarget));
              }}
              onKeyDown={(event) => {
                const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
                const isRemoval = event.key === "Delete" || event.key === "Backspace";
                if (way === undefined && !isRemoval) return;
                event.preventDefault();
                event.stopPropagation();
                if (isRemoval) removeLine(page, index);
                else goTo(y + (way ?? 0) * STEP_PX * (event.shiftKey ? FAST : 1));
              }}
            >
              {text}
            </button>
            <button
              type="button"
              class="line-alert"
              aria-label={`Alert at own line ${name}`}
              title="Alert when …"
              onClick={(event) => alertAt(page, price, event.currentTarget)}
            >
              alert
            </button>
            <button
              type="button"
              class="remove"
              aria-label={`Remove own line at ${name}`}
              onClick={() => removeLine(page, index)}
            >
              ×
            </button>
          </div>
        );
      })}
    </div>
  );
}

function alertAt(page: PageState, price: number, beside: Element): void {
  const coin = page.coin.peek();
  if (coin !== null) beginAlert(page, { kind: "level", coin, price }, beside.getBoundingClientRect());
}

const topOf = (element: HTMLElement): number => element.closest(".plot")?.getBoundingClientRect().top ?? 0;
