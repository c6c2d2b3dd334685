/** The clock of the time axis. The library sets its marks by UTC alone, so its times are ahead of ours by an offset. */

import { TickMarkType } from "lightweight-charts";
import { aheadMinutes, type Clock, formatBy, formatTick } from "../format/time";

const MINUTE_MS = 60_000;
const DAY_PARTS = {
  [TickMarkType.Year]: "year",
  [TickMarkType.Month]: "month",
  [TickMarkType.DayOfMonth]: "day",
} as const;

export class ChartClock {
  clock: Clock = "utc";
  /** What the library's times are ahead of ours, ms. */
  aheadMs = 0;
  /** What the crosshair says in place of the time of its bar, ms: of the cell under the pointer; null: that. */
  pointedMs: number | null = null;

  /** `onPointed` hears what the crosshair says. */
  constructor(private readonly onPointed: (text: string) => void) {}

  /** The offset at a time is that of all times shown. */
  setBy(timeMs: number): void {
    this.aheadMs = aheadMinutes(timeMs, this.clock) * MINUTE_MS;
  }

  pointedText(aheadMs: number): string {
    const text = formatBy(this.pointedMs ?? aheadMs - this.aheadMs, this.clock);
    this.onPointed(text);
    return text;
  }

  tickText(aheadMs: number, type: TickMarkType): string {
    if (type in DAY_PARTS) return formatTick(aheadMs, DAY_PARTS[type as keyof typeof DAY_PARTS]);
    // The offset of the newest bar set the marks; that of their own time is what a clock showed.
    const timeMs = aheadMs - this.aheadMs;
    return formatTick(timeMs + aheadMinutes(timeMs, this.clock) * MINUTE_MS, "time");
  }
}
