/** Draws spans of prices: each a mark at the right edge, the one pointed at between two lines, the chosen one filled and named. */

import type { ISeriesPrimitiveAxisView, PrimitiveHoveredItem } from "lightweight-charts";
import { CanvasPrimitive, type Target } from "../canvas_primitive";
import { type PlacedSpan, type PriceMark, placeSpans, spanAt } from "./place";

type Context = CanvasRenderingContext2D;

export interface SpanColours {
  readonly long: string;
  readonly short: string;
  readonly outline: string;
}

/** What is drawn of the marks. */
export interface SpanLook {
  readonly marks: readonly PriceMark[];
  /** Whether all have their mark at the edge; the chosen one is drawn in any case. */
  readonly hasEdge: boolean;
  readonly chosen: string | null;
  /** Pointed at; `isLit`: by its row or mark, so that its whole span is shown. */
  readonly hovered: string | null;
  readonly isLit: boolean;
}

const FONT_PX = 12;
const LABEL_X = 8;
const FILL = 0.16;
const LIT = 0.09;
const GROWN = 5;
const NOTHING: SpanLook = { marks: [], hasEdge: false, chosen: null, hovered: null, isLit: false };

export class SpansPrimitive extends CanvasPrimitive {
  private look = NOTHING;
  private colours: SpanColours | null = null;
  private placed: readonly PlacedSpan[] = [];
  private paneWidth = 0;
  private axisViews: readonly ISeriesPrimitiveAxisView[] = [];

  constructor(private readonly formatPrice: (price: number) => string) {
    super("top");
  }

  priceAxisViews(): readonly ISeriesPrimitiveAxisView[] {
    return this.axisViews;
  }

  /** A hand over the marks at the edge: they can be clicked. */
  hitTest(x: number, y: number): PrimitiveHoveredItem | null {
    const mark = this.at(x, y);
    return mark === null ? null : { cursorStyle: "pointer", externalId: mark.name, zOrder: "top" };
  }

  setColours(colours: SpanColours): void {
    this.colours = colours;
    this.show(this.look);
  }

  show(look: SpanLook): void {
    this.look = look;
    const chosen = look.marks.find((mark) => mark.name === look.chosen);
    this.axisViews =
      chosen === undefined ? [] : [this.axisView(chosen, chosen.high), this.axisView(chosen, chosen.low)];
    this.redraw();
  }

  /** The mark at the edge that a point of the pane means. */
  at(x: number, y: number): PriceMark | null {
    return this.look.hasEdge ? spanAt(this.placed, x, y, this.paneWidth) : null;
  }

  private axisView(mark: PriceMark, price: number): ISeriesPrimitiveAxisView {
    return {
      coordinate: () => this.series?.priceToCoordinate(price) ?? -1e6,
      text: () => this.formatPrice(price),
      textColor: () => this.colours?.outline ?? "#000000",
      backColor: () => this.colourOf(mark),
    };
  }

  private colourOf(mark: PriceMark): string {
    return (mark.isLong ? this.colours?.long : this.colours?.short) ?? "#000000";
  }

  protected draw(target: Target): void {
    const { series, colours, look } = this;
    if (series === null || colours === null) return;
    target.useMediaCoordinateSpace(({ context, mediaSize: { width, height } }) => {
      this.paneWidth = width;
      this.placed = placeSpans(look.marks, (price) => series.priceToCoordinate(price), height);
      for (const each of this.placed) {
        const isChosen = each.mark.name === look.chosen;
        if (isChosen || (look.isLit && each.mark.name === look.hovered)) {
          fillSpan(context, each, width, this.colourOf(each.mark), isChosen ? FILL : LIT);
        }
      }
      if (look.hasEdge) {
        for (const each of this.placed) {
          const grown = each.mark.name === look.hovered || each.mark.name === look.chosen ? GROWN : 0;
          drawMark(context, each, width, grown, this.colourOf(each.mark), colours.outline);
        }
      }
      const chosen = this.placed.find((each) => each.mark.name === look.chosen);
      if (chosen !== undefined) writeLabel(context, chosen, colours);
    });
  }
}

function fillSpan(context: Context, { top, bottom }: PlacedSpan, width: number, colour: string, fill: number): void {
  context.save();
  context.fillStyle = colour;
  context.globalAlpha = fill;
  context.fillRect(0, top, width, bottom - top);
  context.globalAlpha = 1;
  for (const y of [top, bottom]) context.fillRect(0, Math.round(y) - 0.5, width, 1);
  context.restore();
}

/** With a line of the ground around it, or it drowns in the map. */
function drawMark(
  context: Context,
  { top, bottom, width }: PlacedSpan,
  paneWidth: number,
  grown: number,
  colour: string,
  outline: string,
): void {
  const left = paneWidth - width - grown;
  const tall = Math.max(bottom - top - 1, 2);
  context.fillStyle = outline;
  context.fillRect(left - 1, top - 1, width + grown + 1, tall + 2);
  context.fillStyle = colour;
  context.fillRect(left, top, width + grown, tall);
}

/** On a plate of the ground, or it cannot be read over the map. */
function writeLabel(context: Context, { mark, top, bottom }: PlacedSpan, colours: SpanColours): void {
  const tall = FONT_PX + 6;
  context.font = `600 ${FONT_PX}px system-ui, sans-serif`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  const y = top > tall + 2 ? top - tall - 1 : bottom + 1;
  context.save();
  context.globalAlpha = 0.85;
  context.fillStyle = colours.outline;
  context.fillRect(LABEL_X - 5, y, context.measureText(mark.text).width + 10, tall);
  context.restore();
  context.fillStyle = mark.isLong ? colours.long : colours.short;
  context.fillText(mark.text, LABEL_X, y + tall / 2);
}
