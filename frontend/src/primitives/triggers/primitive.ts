/** Draws trigger orders over the heat and beneath the candles, from the right. */

import { CanvasPrimitive, type Target } from "../canvas_primitive";
import type { TriggerGroup } from "./colours";
import { placeBars, type TriggerBar } from "./place";

/** CSS pixels at the right edge, where clusters have their marks. */
const RIGHT = 26;
const HALO_PX = 1;

export class TriggersPrimitive extends CanvasPrimitive {
  private bars: readonly TriggerBar[] = [];
  private colours: Readonly<Record<TriggerGroup, string>> | null = null;
  private ground = "#000000";

  constructor() {
    super("bottom");
  }

  show(bars: readonly TriggerBar[], colours: Readonly<Record<TriggerGroup, string>>, ground: string): void {
    this.bars = bars;
    this.colours = colours;
    this.ground = ground;
    this.redraw();
  }

  protected draw(target: Target): void {
    const { series, bars, colours, ground } = this;
    if (series === null || colours === null || bars.length === 0) return;
    target.useMediaCoordinateSpace(({ context: pen, mediaSize: { width, height } }) => {
      const right = width - RIGHT;
      const placed = placeBars(bars, (price) => series.priceToCoordinate(price), width, height);
      pen.save();
      pen.fillStyle = ground;
      for (const bar of placed) {
        pen.fillRect(right - bar.width - HALO_PX, bar.top - HALO_PX, bar.width + 2 * HALO_PX, bar.height + 2 * HALO_PX);
      }
      for (const bar of placed) {
        pen.fillStyle = colours[bar.group];
        pen.fillRect(right - bar.width, bar.top, bar.width, bar.height);
      }
      pen.restore();
    });
  }
}
