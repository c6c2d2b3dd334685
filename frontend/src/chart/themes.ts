/** Colours of what is drawn on canvases; the rest of the page takes them from app.css. */

import type { Theme } from "../primitives/heatmap";

export interface CanvasColours {
  readonly background: string;
  readonly text: string;
  readonly line: string;
  readonly crosshair: string;
  readonly hatch: string;
  readonly candleUp: string;
  readonly candleDown: string;
  readonly candleLine: string;
  readonly mark: string;
  /** Lines of the reader's. */
  readonly own: string;
  readonly long: string;
  readonly short: string;
}

/** Candles are black and white so that they stand on any colour of the map. */
export const CANVAS_COLOURS: Readonly<Record<Theme, CanvasColours>> = {
  dark: {
    background: "#0a0e13",
    text: "#94a3b3",
    line: "#16202a",
    crosshair: "#6f8193",
    hatch: "#263442",
    candleUp: "#f4f7fa",
    candleDown: "#0a0e13",
    candleLine: "#dbe3ea",
    mark: "#e9eef3",
    own: "#5ab8ff",
    long: "#2fc6ae",
    short: "#f0765c",
  },
  light: {
    background: "#fbfcfd",
    text: "#55626f",
    line: "#e8ecf0",
    crosshair: "#8794a1",
    hatch: "#dfe5ea",
    candleUp: "#ffffff",
    candleDown: "#1b2530",
    candleLine: "#1b2530",
    mark: "#1b2530",
    own: "#0a6fc2",
    long: "#0e8f7e",
    short: "#cf4a3a",
  },
};
