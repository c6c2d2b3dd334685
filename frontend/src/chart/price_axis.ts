/**
 * The price axis: round prices with their distance from now, the mark, lines, and the price that is pointed at.
 *
 * The chart library (5.2.1) chooses a new step after each of its own marks, from the top down, which makes prices like
 * 1,350 and no 1,000, so its marks are without text and this draws round ones in their place.
 */

import type { IPrimitivePaneView } from "lightweight-charts";
import { formatFrom, formatTo } from "../format/price";
import { type PriceTicks, priceTicks, shownExponent, tickExponent } from "../model/price_ticks";
import { SeriesPrimitive, type Target, viewOf } from "../primitives/canvas_primitive";

export interface AxisLook {
  readonly text: string;
  readonly background: string;
  readonly mark: string;
  readonly crosshair: string;
  readonly fontSize: number;
  readonly fontFamily: string;
  /** Percent below the price in place of beside it. */
  readonly isNarrow: boolean;
}

/** A price that keeps a label: a line of the reader's. */
export interface AxisLine {
  readonly price: number;
  readonly colour: string;
}

const LEFT = 8;
const BETWEEN = 8;
const RIGHT = 6;
/** Heights of a line of text that lie between two marks. */
const GAP = { beside: 2.5, below: 3.6 } as const;
const SMALL = 0.88;
const WIDEST_FROM = "−88.88 %";

export class PriceAxis extends SeriesPrimitive {
  /** Told how wide the axis must be, CSS pixels, whenever its texts need more. */
  onWidth: ((width: number) => void) | null = null;
  /** Told of what is written, for tests and scripts: marks, then the price that is pointed at. */
  onWritten: ((ticks: string, pointed: string) => void) | null = null;
  private look: AxisLook | null = null;
  private mark: number | null = null;
  private lines: readonly AxisLine[] = [];
  private pointedY: number | null = null;
  private width = 0;
  private written = "";
  private readonly views = [
    viewOf("bottom", (target) => this.drawTicks(target)),
    viewOf("top", (target) => this.drawPointed(target)),
  ];

  priceAxisPaneViews(): readonly IPrimitivePaneView[] {
    return this.views;
  }

  /** `price` is one of the coin's: from the first draw on the axis is as wide as its prices are likely to need. */
  setLook(look: AxisLook, price: number | null): void {
    this.look = look;
    this.width = 0;
    const pen = document.createElement("canvas").getContext("2d");
    if (pen !== null && price !== null) this.widen(pen, [[formatTo(price, tickExponent(price)), WIDEST_FROM]]);
    this.redraw();
  }

  setMark(mark: number | null): void {
    this.mark = mark;
    this.redraw();
  }

  setLines(lines: readonly AxisLine[]): void {
    this.lines = lines;
    this.redraw();
  }

  /** The library draws the axis again by itself when its crosshair moves. */
  point(y: number | null): void {
    this.pointedY = y;
  }

  /** The price with as many digits as its place on screen tells apart, and how far it is from now. */
  textsOf(price: number, perPixel: number): [price: string, from: string] {
    const exponent = shownExponent(price, perPixel);
    return [
      formatTo(price, exponent),
      this.mark === null ? "" : formatFrom(price, this.mark, Math.max(10 ** exponent, perPixel)),
    ];
  }

  private drawTicks(target: Target): void {
    const { series, look } = this;
    if (series === null || look === null) return;
    target.useMediaCoordinateSpace(({ context, mediaSize: { width, height } }) => {
      const [low, high] = [series.coordinateToPrice(height - 1), series.coordinateToPrice(0)];
      if (low === null || high === null || !(low > 0)) return;
      const gap = look.fontSize * (look.isNarrow ? GAP.below : GAP.beside);
      const ticks = priceTicks(low, high, height, gap);
      const labels = this.labels();
      const kept = labels.map(({ price }) => series.priceToCoordinate(price));
      const texts = this.tickTexts(ticks);
      texts.forEach(([price, from], index) => {
        const y = series.priceToCoordinate(ticks.prices[index] as number);
        const edge = look.fontSize * (look.isNarrow ? 1.1 : 0.6);
        if (y === null || y < edge || y > height - edge) return;
        if (kept.some((other) => other !== null && Math.abs(other - y) < look.fontSize * 1.5)) return;
        this.write(context, y, [price, from], look.text, width);
      });
      for (const { price, colour, texts: own } of labels) {
        const y = series.priceToCoordinate(price);
        if (y !== null && y >= 0 && y <= height) this.writeBoxed(context, y, own, colour, width, height);
      }
      const all = [...texts, ...labels.map((label) => label.texts), this.widest(low, high, height)];
      // Not while the library draws: what is wider makes it draw again.
      queueMicrotask(() => this.widen(context, all));
      this.say(texts.map((pair) => pair.join(" ").trim()).join("|"), "");
    });
  }

  private drawPointed(target: Target): void {
    const { series, look, pointedY } = this;
    if (series === null || look === null) return;
    target.useMediaCoordinateSpace(({ context, mediaSize: { width, height } }) => {
      const price = pointedY === null ? null : series.coordinateToPrice(pointedY);
      if (pointedY === null || price === null || !(price > 0)) {
        this.say(null, "");
        return;
      }
      const beside = series.coordinateToPrice(pointedY + 1);
      const texts = this.textsOf(price, beside === null ? 0 : Math.abs(price - beside));
      this.writeBoxed(context, pointedY, texts, look.crosshair, width, height);
      this.say(null, texts.join(" ").trim());
    });
  }

  private labels(): { price: number; colour: string; texts: [string, string] }[] {
    const { mark, look, lines } = this;
    const own = lines.map(({ price, colour }) => ({ price, colour, texts: this.textsOf(price, price * 1e-3) }));
    if (mark === null || look === null) return own;
    return [...own, { price: mark, colour: look.mark, texts: [formatTo(mark, tickExponent(mark)), "mark"] }];
  }

  private tickTexts({ prices, exponent, step }: PriceTicks): [string, string][] {
    return prices.map((price) => [
      exponent === null ? price.toLocaleString("en-US", { maximumSignificantDigits: 4 }) : formatTo(price, exponent),
      this.mark === null ? "" : formatFrom(price, this.mark, step),
    ]);
  }

  /** What the crosshair may say at the lowest and the highest price, so that the axis does not widen as it moves. */
  private widest(low: number, high: number, height: number): [string, string] {
    const pairs = [low, high].map((price) => this.textsOf(price, (high - low) / height));
    const longest = (index: 0 | 1) => pairs.map((pair) => pair[index]).reduce((a, b) => (b.length > a.length ? b : a));
    return [longest(0), longest(1)];
  }

  private write(
    pen: CanvasRenderingContext2D,
    y: number,
    [price, from]: [string, string],
    colour: string,
    width: number,
  ) {
    const look = this.look as AxisLook;
    pen.textBaseline = "middle";
    pen.fillStyle = colour;
    pen.font = `${look.fontSize}px ${look.fontFamily}`;
    pen.textAlign = "left";
    pen.fillText(price, LEFT, look.isNarrow && from !== "" ? y - look.fontSize * 0.5 : y);
    if (from === "") return;
    pen.font = `${look.fontSize * SMALL}px ${look.fontFamily}`;
    if (look.isNarrow) pen.fillText(from, LEFT, y + look.fontSize * 0.55);
    else {
      pen.textAlign = "right";
      pen.fillText(from, width - RIGHT, y);
    }
  }

  private writeBoxed(
    pen: CanvasRenderingContext2D,
    y: number,
    texts: [string, string],
    colour: string,
    width: number,
    height: number,
  ): void {
    const look = this.look as AxisLook;
    const half = look.fontSize * (look.isNarrow && texts[1] !== "" ? 1.25 : 0.85);
    const middle = Math.min(Math.max(y, half), height - half);
    pen.fillStyle = colour;
    pen.fillRect(0, Math.round(middle - half), width, Math.round(2 * half));
    this.write(pen, middle, texts, look.background, width);
  }

  private widen(pen: CanvasRenderingContext2D, texts: readonly [string, string][]): void {
    const look = this.look as AxisLook;
    const widthOf = (text: string, size: number): number => {
      pen.font = `${size}px ${look.fontFamily}`;
      return pen.measureText(text).width;
    };
    const price = Math.max(...texts.map((pair) => widthOf(pair[0], look.fontSize)));
    const from = Math.max(...texts.map((pair) => widthOf(pair[1], look.fontSize * SMALL)));
    const wanted = LEFT + (look.isNarrow ? Math.max(price, from) : price + (from > 0 ? BETWEEN : 0) + from) + RIGHT;
    if (wanted <= this.width) return;
    this.width = Math.ceil(wanted) + 2;
    this.onWidth?.(this.width);
  }

  private say(ticks: string | null, pointed: string): void {
    if (ticks !== null) this.written = ticks;
    this.onWritten?.(this.written, pointed);
  }
}
