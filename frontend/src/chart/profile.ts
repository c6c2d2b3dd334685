/**
 * The panel at the left: USD of the present bands as bars on the chart's own price scale, and the sum of all from the mark
 * outwards as a line.
 *
 * Bars are as long as the square root of their USD: beside 60 million one million is an eighth, not a sixtieth, and
 * twice as long is still four times as much everywhere. The line has a linear scale of its own, that ends at the larger
 * of the two sums on screen.
 */

import { usd } from "../format/usd";
import { outwards, type PricedBands, type SumPoint } from "../model/band_sums";
import type { ProfileRow } from "../model/bands";
import type { Mode } from "../model/view_hash";
import type { Theme } from "../primitives/heatmap";
import { CANVAS_COLOURS } from "./themes";

export interface ProfileView {
  /** null: nothing is known yet. */
  readonly bands: PricedBands | null;
  readonly mode: Mode;
  readonly paneHeight: number;
  readonly yOf: (price: number) => number | null;
}

/** Ticks as parts of the largest USD, on a scale of square roots. */
const TICKS = [1, 0.1] as const;
const ROUND = [1, 1.5, 2, 3, 4, 5, 6, 8, 10] as const;
const ROOM = 6;
/** CSS pixels from which the ends of the line have their text. */
const WIDE = 120;

/** A round figure at or above the value. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (ROUND.find((factor) => value <= factor * power * (1 + 1e-12)) ?? 10) * power;
}

/** Part of the width of a bar, 0..1. */
export const barLength = (value: number, top: number): number => Math.sqrt(Math.min(Math.max(value / top, 0), 1));

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
    pen.clearRect(0, 0, width, height);
    if (view.bands === null) return;
    const colours = CANVAS_COLOURS[this.theme];
    const pane = Math.round(view.paneHeight * ratio);
    const rows = view.bands.rows.map((row) => sided(row, view.mode));
    const bars = visibleBars(rows, view.bands.logStep, view, ratio, pane);
    const top = roundUp(bars.reduce((most, bar) => Math.max(most, bar.long + bar.short), 0));
    const room = width - ROOM * ratio;
    pen.strokeStyle = colours.line;
    pen.lineWidth = 1;
    for (const tick of TICKS) line(pen, Math.round(width - barLength(tick, 1) * room) + 0.5, 0, pane);
    for (const bar of bars) {
      const total = bar.long + bar.short;
      const length = Math.max(Math.round(barLength(total, top) * room), 1);
      const long = Math.round((length * bar.long) / total);
      pen.fillStyle = colours.long;
      pen.fillRect(width - long, bar.from, long, bar.to - bar.from);
      pen.fillStyle = colours.short;
      pen.fillRect(width - length, bar.from, length - long, bar.to - bar.from);
    }
    this.drawMark(pen, view, width, ratio);
    this.drawSums(pen, { ...view, bands: { ...view.bands, rows } }, room, ratio, pane);
    if (bars.length > 0) this.drawAxis(pen, width, pane, top, ratio);
  }

  private drawMark(pen: CanvasRenderingContext2D, view: ProfileView, width: number, ratio: number): void {
    const mark = view.bands?.mark ?? null;
    const y = mark === null ? null : view.yOf(mark);
    if (y === null || y < 0 || y > view.paneHeight) return;
    pen.strokeStyle = CANVAS_COLOURS[this.theme].mark;
    pen.setLineDash([ratio, 3 * ratio]);
    pen.beginPath();
    pen.moveTo(0, Math.round(y * ratio) + 0.5);
    pen.lineTo(width, Math.round(y * ratio) + 0.5);
    pen.stroke();
    pen.setLineDash([]);
  }

  /** From the mark at the right edge up and down, with what it has come to where it leaves the screen. */
  private drawSums(
    pen: CanvasRenderingContext2D,
    view: ProfileView & { readonly bands: PricedBands },
    room: number,
    ratio: number,
    pane: number,
  ): void {
    const width = room + ROOM * ratio;
    const colours = CANVAS_COLOURS[this.theme];
    const { above, below } = outwards(view.bands);
    const seen = [above, below].map((points) => onScreen(points, view, ratio, pane));
    const most = Math.max(...seen.map((points) => points.at(-1)?.usd ?? 0));
    if (!(most > 0)) return;
    for (const [index, points] of seen.entries()) {
      const last = points.at(-1);
      if (last === undefined) continue;
      const edge = index === 0 ? 0 : pane;
      pen.beginPath();
      for (const { usd: sum, y } of points) pen.lineTo(width - (sum / most) * room, Math.min(Math.max(y, 0), pane));
      pen.lineTo(width - (last.usd / most) * room, edge);
      pen.strokeStyle = colours.background;
      pen.lineWidth = 4 * ratio;
      pen.stroke();
      pen.strokeStyle = colours.mark;
      pen.lineWidth = 1.5 * ratio;
      pen.stroke();
      if (width < WIDE * ratio) continue;
      const text = `${usd(last.usd, 3)} from mark`;
      this.setFont(pen, ratio);
      pen.textAlign = "left";
      pen.textBaseline = index === 0 ? "top" : "bottom";
      const y = index === 0 ? 4 * ratio : pane - 4 * ratio;
      pen.strokeStyle = colours.background;
      pen.lineWidth = 4 * ratio;
      pen.strokeText(text, 4 * ratio, y);
      pen.fillStyle = colours.mark;
      pen.fillText(text, 4 * ratio, y);
    }
  }

  private drawAxis(pen: CanvasRenderingContext2D, width: number, pane: number, top: number, ratio: number): void {
    // The sliver of a phone has no room for figures.
    if (width < 50 * ratio) return;
    pen.fillStyle = CANVAS_COLOURS[this.theme].text;
    this.setFont(pen, ratio);
    pen.textBaseline = "top";
    const y = pane + 8 * ratio;
    pen.textAlign = "left";
    pen.fillText(usd(top, 2), 4 * ratio, y);
    if (width > 100 * ratio) {
      pen.textAlign = "center";
      pen.fillText(usd(top * 0.1, 2), width - barLength(0.1, 1) * (width - ROOM * ratio), y);
    }
    pen.textAlign = "right";
    pen.fillText("$0", width - 2 * ratio, y);
  }

  private setFont(pen: CanvasRenderingContext2D, ratio: number): void {
    const size = parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.8 * ratio;
    pen.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
  }
}

const sided = (row: ProfileRow, mode: ProfileView["mode"]): ProfileRow => ({
  band: row.band,
  long: mode === "short" ? 0 : row.long,
  short: mode === "long" ? 0 : row.short,
});

function line(pen: CanvasRenderingContext2D, x: number, from: number, to: number): void {
  pen.beginPath();
  pen.moveTo(x, from);
  pen.lineTo(x, to);
  pen.stroke();
}

function visibleBars(rows: readonly ProfileRow[], logStep: number, view: ProfileView, ratio: number, pane: number) {
  const bars: { from: number; to: number; long: number; short: number }[] = [];
  for (const { band, long, short } of rows) {
    const low = view.yOf(Math.exp(band * logStep));
    const high = view.yOf(Math.exp((band + 1) * logStep));
    if (low === null || high === null || long + short === 0) continue;
    const from = Math.round(high * ratio);
    const to = Math.round(low * ratio);
    if (to < 0 || from > pane) continue;
    const gap = to - from > 4 * ratio ? Math.round(ratio) : 0;
    bars.push({ from, to: Math.min(Math.max(to - gap, from + 1), pane), long, short });
  }
  return bars;
}

/** Points with their place, as far as the first beyond the screen. */
function onScreen(points: readonly SumPoint[], view: ProfileView, ratio: number, pane: number) {
  const seen: { usd: number; y: number }[] = [];
  for (const { price, usd: sum } of points) {
    const y = (view.yOf(price) ?? NaN) * ratio;
    if (Number.isNaN(y)) break;
    const before = seen.at(-1);
    if (before !== undefined && (before.y < 0 || before.y > pane) && (y < 0 || y > pane)) break;
    seen.push({ usd: sum, y });
  }
  return seen;
}
