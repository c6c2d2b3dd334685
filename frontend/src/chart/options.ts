/** What lightweight-charts is told once, and what it is told of a theme. */

import {
  type CandlestickSeriesPartialOptions,
  type ChartOptions,
  CrosshairMode,
  type DeepPartial,
  PriceScaleMode,
  type TickMarkType,
  type Time,
} from "lightweight-charts";
import type { Theme } from "../primitives/heatmap";
import { CANVAS_COLOURS } from "./themes";

/** CSS pixels: the first minutes of a live map stand at the right as columns, not as slabs across the screen. */
const WIDEST_BAR = 96;
const MIN_AXIS = 48;

/** How figures on the axes are written; times are those of the library. */
export interface AxisTexts {
  readonly price: (price: number) => string;
  readonly tick: (aheadMs: number, type: TickMarkType) => string;
  readonly pointed: (aheadMs: number) => string;
}

/** Axis text follows the page's own size, which grows on very large screens. */
export const axisFontSize = (): number =>
  Math.round(parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.85);

export const chartOptions = (texts: AxisTexts): DeepPartial<ChartOptions> => ({
  autoSize: true,
  // Its style element is refused by the page's content policy; the footer carries the attribution instead.
  layout: {
    attributionLogo: false,
    fontFamily: getComputedStyle(document.body).fontFamily,
    fontSize: axisFontSize(),
  },
  // Grid lines would cut the map beneath them.
  grid: { vertLines: { visible: false }, horzLines: { visible: false } },
  crosshair: { mode: CrosshairMode.Normal, horzLine: { labelVisible: false } },
  rightPriceScale: {
    mode: PriceScaleMode.Logarithmic,
    borderVisible: false,
    minimumWidth: MIN_AXIS,
    // The room is part of the fitted span, so that chosen prices stand at the edges of the pane.
    scaleMargins: { top: 0, bottom: 0 },
  },
  timeScale: {
    timeVisible: true,
    borderVisible: false,
    minBarSpacing: 0.2,
    maxBarSpacing: WIDEST_BAR,
    rightOffset: 0,
    tickMarkFormatter: (time: Time, type: TickMarkType) => texts.tick(Number(time) * 1000, type),
  },
  localization: {
    locale: "en-US",
    priceFormatter: texts.price,
    tickmarksPriceFormatter: (prices: readonly number[]) => prices.map(() => ""),
    timeFormatter: (time: Time) => texts.pointed(Number(time) * 1000),
  },
  kineticScroll: { mouse: false, touch: true },
});

export function themedChart(theme: Theme): DeepPartial<ChartOptions> {
  const { background, text, crosshair } = CANVAS_COLOURS[theme];
  const line = { color: crosshair, labelBackgroundColor: crosshair };
  return {
    layout: { background: { color: background }, textColor: text },
    crosshair: { vertLine: line, horzLine: line },
  };
}

export function themedCandles(theme: Theme): CandlestickSeriesPartialOptions {
  const { candleUp, candleDown, candleLine } = CANVAS_COLOURS[theme];
  return {
    upColor: candleUp,
    downColor: candleDown,
    borderUpColor: candleLine,
    borderDownColor: candleLine,
    wickUpColor: candleLine,
    wickDownColor: candleLine,
  };
}
