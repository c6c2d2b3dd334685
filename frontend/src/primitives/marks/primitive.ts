/** Liquidations as triangles sized by USD, and spans a sweep left standing, over the candles. */

import { CanvasPrimitive, type Target } from "../canvas_primitive";
import { type EventMark, markAt, type PlacedMark, placeMarks } from "./place";

/** Prices that a sweep went into, from its entry to now. */
export interface LeftSpan {
  readonly fromMs: number;
  readonly low: number;
  readonly high: number;
  readonly isLong: boolean;
  /** 75 % swept, 1.2 left, 3 accounts in their 30 s. */
  readonly text: string;
}

export interface MarkColours {
  readonly long: string;
  readonly short: string;
  readonly outline: string;
  readonly text: string;
}

const DASH = [5, 3];
const FONT_PX = 11;

export class MarksPrimitive extends CanvasPrimitive {
  /** Told of the largest mark in the pane whenever they are drawn. */
  onDrawn: ((largest: PlacedMark | null) => void) | null = null;
  private events: readonly EventMark[] = [];
  private spans: readonly LeftSpan[] = [];
  private colours: MarkColours | null = null;
  private placed: PlacedMark[] = [];

  constructor(private readonly xOf: (timeMs: number) => number | null) {
    super("top");
  }

  setColours(colours: MarkColours): void {
    this.colours = colours;
    this.redraw();
  }

  show(events: readonly EventMark[], spans: readonly LeftSpan[]): void {
    this.events = events;
    this.spans = spans;
    this.redraw();
  }

  /** The liquidation that a point of the pane means. */
  at(x: number, y: number): EventMark | null {
    return markAt(this.placed, x, y);
  }

  protected draw(target: Target): void {
    const { series, colours } = this;
    if (series === null || colours === null) return;
    target.useMediaCoordinateSpace(({ context, mediaSize: { width, height } }) => {
      const yOf = (price: number): number | null => series.priceToCoordinate(price);
      this.placed = placeMarks(this.events, this.xOf, yOf, width, height);
      for (const span of this.spans) drawSpan(context, span, this.xOf, yOf, width, colours);
      for (const each of this.placed) drawMark(context, each, colours);
      this.onDrawn?.(this.placed[0] ?? null);
    });
  }
}

function drawMark(context: CanvasRenderingContext2D, { mark, x, y, radius }: PlacedMark, colours: MarkColours): void {
  const tip = mark.isSell ? radius : -radius;
  context.beginPath();
  context.moveTo(x, y + tip);
  context.lineTo(x - radius, y - tip);
  context.lineTo(x + radius, y - tip);
  context.closePath();
  context.fillStyle = mark.isSell ? colours.long : colours.short;
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = colours.outline;
  context.stroke();
}

function drawSpan(
  context: CanvasRenderingContext2D,
  span: LeftSpan,
  xOf: (timeMs: number) => number | null,
  yOf: (price: number) => number | null,
  width: number,
  colours: MarkColours,
): void {
  const from = xOf(span.fromMs);
  const top = yOf(span.high);
  const bottom = yOf(span.low);
  if (from === null || top === null || bottom === null || from > width) return;
  const left = Math.max(from, 0);
  context.save();
  context.setLineDash(DASH);
  context.lineWidth = 1.5;
  context.strokeStyle = span.isLong ? colours.long : colours.short;
  context.strokeRect(left, top, width - left + 2, Math.max(bottom - top, 2));
  context.restore();
  context.font = `${FONT_PX}px system-ui, sans-serif`;
  context.textAlign = "right";
  context.textBaseline = "bottom";
  context.lineWidth = 3;
  context.strokeStyle = colours.outline;
  context.strokeText(span.text, width - 6, top - 2);
  context.fillStyle = colours.text;
  context.fillText(span.text, width - 6, top - 2);
}
