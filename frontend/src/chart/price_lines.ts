/** Horizontal lines over the map: the reader's own, and those at round distances from the mark. */

import { CanvasPrimitive, type Target } from "../primitives/canvas_primitive";

export interface LineColours {
  readonly own: string;
  readonly percent: string;
  /** Around texts and percent lines, so that they stand on any colour of the map. */
  readonly outline: string;
}

/** Percent, up and down. */
const DISTANCES = [1, 2, 5, 10, 20, 50].flatMap((percent) => [percent, -percent]);
const DASH = [2, 6];
const FONT_PX = 11;
/** CSS pixels between two lines with a text. */
const GAP = 13;
const RIGHT = 16;

export class PriceLines extends CanvasPrimitive {
  private own: readonly number[] = [];
  private percentFrom: number | null = null;
  private colours: LineColours | null = null;

  constructor() {
    super("top");
  }

  /** `percentFrom` null: no percent lines. */
  show(own: readonly number[], percentFrom: number | null, colours: LineColours): void {
    this.own = own;
    this.percentFrom = percentFrom;
    this.colours = colours;
    this.redraw();
  }

  protected draw(target: Target): void {
    const { series, colours, percentFrom } = this;
    if (series === null || colours === null) return;
    target.useMediaCoordinateSpace(({ context: pen, mediaSize: { width, height } }) => {
      const placeOf = (price: number): number | null => {
        const y = series.priceToCoordinate(price);
        return y === null || y < 0 || y > height ? null : Math.round(y) + 0.5;
      };
      const taken: number[] = [];
      for (const percent of percentFrom === null ? [] : DISTANCES) {
        const y = placeOf((percentFrom as number) * (1 + percent / 100));
        if (y === null || taken.some((other) => Math.abs(other - y) < GAP)) continue;
        taken.push(y);
        this.drawPercent(pen, y, width, `${percent > 0 ? "+" : "−"}${Math.abs(percent)} %`, colours);
      }
      pen.setLineDash([]);
      pen.lineWidth = 1.5;
      pen.strokeStyle = colours.own;
      for (const y of this.own.map(placeOf)) if (y !== null) across(pen, y, width);
    });
  }

  private drawPercent(
    pen: CanvasRenderingContext2D,
    y: number,
    width: number,
    text: string,
    colours: LineColours,
  ): void {
    pen.setLineDash(DASH);
    for (const [colour, thickness] of [
      [colours.outline, 3],
      [colours.percent, 1],
    ] as const) {
      pen.strokeStyle = colour;
      pen.lineWidth = thickness;
      across(pen, y, width);
    }
    pen.setLineDash([]);
    pen.font = `${FONT_PX}px system-ui, sans-serif`;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.lineWidth = 4;
    pen.strokeStyle = colours.outline;
    pen.strokeText(text, width - RIGHT, y);
    pen.fillStyle = colours.percent;
    pen.fillText(text, width - RIGHT, y);
  }
}

function across(pen: CanvasRenderingContext2D, y: number, width: number): void {
  pen.beginPath();
  pen.moveTo(0, y);
  pen.lineTo(width, y);
  pen.stroke();
}
