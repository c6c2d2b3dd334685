/** The panel at the left: USD of the present bands as bars on the chart's own price scale, with a USD axis below. */

import { usd } from "../format/usd";
import type { ProfileRow } from "../model/bands";
import type { Theme } from "../primitives/heatmap";
import { CANVAS_COLOURS } from "./themes";

export interface ProfileView {
  readonly rows: readonly ProfileRow[];
  /** ln of the price ratio of one row. */
  readonly logStep: number;
  readonly mark: number | null;
  readonly mode: "both" | "long" | "short" | "split";
  readonly paneHeight: number;
  readonly yOf: (price: number) => number | null;
}

/** A round figure at or above the value: 1, 2 or 5 times a power of ten. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const factor of [1, 2, 5, 10]) if (value <= factor * power) return factor * power;
  return 10 * power;
}

export class Profile {
  private view: ProfileView | null = null;
  private theme: Theme;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    theme: Theme,
  ) {
    this.theme = theme;
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.draw();
  }

  show(view: ProfileView): void {
    this.view = view;
    this.draw();
  }

  private draw(): void {
    const { canvas, view } = this;
    const ratio = window.devicePixelRatio;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const pen = canvas.getContext("2d");
    if (pen === null || view === null || width === 0) return;
    const colours = CANVAS_COLOURS[this.theme];
    pen.clearRect(0, 0, width, height);
    const pane = Math.round(view.paneHeight * ratio);
    const bars = this.visibleBars(view, ratio, pane);
    const top = roundUp(bars.reduce((most, bar) => Math.max(most, bar.long + bar.short), 0));
    pen.strokeStyle = colours.line;
    pen.lineWidth = 1;
    const marks = [0.5, 1];
    for (const share of marks) {
      const x = Math.round(width - share * (width - 6 * ratio)) + 0.5;
      pen.beginPath();
      pen.moveTo(x, 0);
      pen.lineTo(x, pane);
      pen.stroke();
    }
    for (const bar of bars) {
      let right = width;
      for (const [value, colour] of [
        [bar.long, colours.long],
        [bar.short, colours.short],
      ] as const) {
        const length = Math.round((value / top) * (width - 6 * ratio));
        if (value > 0) {
          pen.fillStyle = colour;
          pen.fillRect(right - Math.max(length, 1), bar.from, Math.max(length, 1), bar.to - bar.from);
          right -= length;
        }
      }
    }
    const y = view.mark === null ? null : view.yOf(view.mark);
    if (y !== null && y >= 0 && y <= view.paneHeight) {
      pen.strokeStyle = colours.mark;
      pen.setLineDash([ratio, 3 * ratio]);
      pen.beginPath();
      pen.moveTo(0, Math.round(y * ratio) + 0.5);
      pen.lineTo(width, Math.round(y * ratio) + 0.5);
      pen.stroke();
      pen.setLineDash([]);
    }
    this.drawAxis(pen, width, pane, top, ratio, bars.length > 0);
  }

  private visibleBars(view: ProfileView, ratio: number, pane: number) {
    const bars: { from: number; to: number; long: number; short: number }[] = [];
    for (const row of view.rows) {
      const long = view.mode === "short" ? 0 : row.long;
      const short = view.mode === "long" ? 0 : row.short;
      const low = view.yOf(Math.exp(row.band * view.logStep));
      const high = view.yOf(Math.exp((row.band + 1) * view.logStep));
      if (low === null || high === null || long + short === 0) continue;
      const from = Math.round(high * ratio);
      const to = Math.round(low * ratio);
      if (to < 0 || from > pane) continue;
      const gap = to - from > 4 * ratio ? Math.round(ratio) : 0;
      bars.push({ from, to: Math.min(Math.max(to - gap, from + 1), pane), long, short });
    }
    return bars;
  }

  private drawAxis(
    pen: CanvasRenderingContext2D,
    width: number,
    pane: number,
    top: number,
    ratio: number,
    hasBars: boolean,
  ): void {
    pen.fillStyle = CANVAS_COLOURS[this.theme].text;
    pen.font = `${parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
    pen.textBaseline = "top";
    const y = pane + 8 * ratio;
    if (!hasBars) return;
    pen.textAlign = "left";
    pen.fillText(usd(top, 2), 4 * ratio, y);
    if (width > 100 * ratio) {
      pen.textAlign = "center";
      pen.fillText(usd(top / 2, 2), width / 2, y);
    }
    pen.textAlign = "right";
    pen.fillText("$0", width - 2 * ratio, y);
  }
}
