/** The trade on the map: its entry and its stop as lines that are dragged, and the span between them. */

import { useEffect } from "preact/hooks";
import { formatPrice } from "../../format/price";
import { distance } from "../../format/usd";
import type { ChartAxes } from "../../model/places";
import type { PriceSpan } from "../../model/price_span";
import type { PlannedTrade } from "../../model/view_hash";
import { keepTrade } from "../../state/loaders/trade";
import { LINES, type LineName, moveLine, toggleTrade } from "../../state/trade";
import { lineTop, PriceSlider } from "../map/price_slider";
import { usePage } from "../use_page";
import { AdviceOnMap } from "./advice_on_map";

export function TradeOnMap() {
  const page = usePage();
  useEffect(() => keepTrade(page), [page]);
  const axes = page.axes.value;
  const area = page.visible.value;
  const { trade } = page.view.value;
  if (trade === null || axes === null || area === null) return null;
  const prices = { low: area.lowPrice, high: area.highPrice };
  return (
    <div
      id="trade-map"
      class={`trade-map ${trade.isLong ? "long" : "short"}`}
      role="group"
      aria-label="Entry and stop, on the map"
      style={{ left: `${axes.left}px`, width: `${axes.width}px`, height: `${axes.height}px` }}
    >
      <Between trade={trade} axes={axes} prices={prices} />
      <AdviceOnMap axes={axes} prices={prices} />
      {LINES.map((name) => (
        <TradeLine key={name} name={name} trade={trade} axes={axes} prices={prices} />
      ))}
    </div>
  );
}

interface OnMapParts {
  readonly trade: PlannedTrade;
  readonly axes: ChartAxes;
  readonly prices: PriceSpan;
}

/** What is lost between them is shaded. */
function Between({ trade, axes, prices }: OnMapParts) {
  const [a, b] = [lineTop(trade.entry, axes, prices), lineTop(trade.stop, axes, prices)];
  return <div class="trade-between" style={{ top: `${Math.min(a, b)}px`, height: `${Math.abs(a - b)}px` }} />;
}

function TradeLine({ name, trade, axes, prices }: OnMapParts & { readonly name: LineName }) {
  const page = usePage();
  const price = trade[name];
  const away = name === "entry" ? "" : ` ${distance((price / trade.entry - 1) * 100)}`;
  const sign = price > prices.high ? "↑ " : price < prices.low ? "↓ " : "";
  const text = `${name} ${formatPrice(price)}${away}`;
  const take = (key: string): boolean => {
    if (key === "Escape") toggleTrade(page);
    return key === "Escape";
  };
  return (
    <div class={`trade-line is-${name}`} style={{ top: `${lineTop(price, axes, prices)}px` }}>
      <PriceSlider
        id={`trade-${name}`}
        class="trade-handle"
        label={name === "entry" ? "Entry" : "Stop"}
        text={text}
        price={price}
        axes={axes}
        prices={prices}
        plane=".trade-map"
        move={(at) => moveLine(page, name, at)}
        take={take}
      >
        <span class="trade-tag">{`${sign}${text}`}</span>
      </PriceSlider>
    </div>
  );
}
