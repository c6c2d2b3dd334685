/** Loaded into an empty page by the pixel tests and the benchmark: the real renderer over made-up windows. */

import { benchmark } from "./benchmark";
import { painting } from "./painting";
import { compare, paint } from "./pixels";
import { moveThrough } from "./prices";

declare global {
  interface Window {
    liqscapeHarness: {
      paint: typeof paint;
      compare: typeof compare;
      painting: typeof painting;
      benchmark: typeof benchmark;
      moveThrough: typeof moveThrough;
    };
  }
}

window.liqscapeHarness = { paint, compare, painting, benchmark, moveThrough };
