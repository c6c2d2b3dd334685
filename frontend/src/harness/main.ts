/** Loaded into an empty page by the pixel tests and the benchmark: the real renderer over made-up windows. */

import { benchmark } from "./benchmark";
import { compare, paint } from "./pixels";

declare global {
  interface Window {
    liqscapeHarness: { paint: typeof paint; compare: typeof compare; benchmark: typeof benchmark };
  }
}

window.liqscapeHarness = { paint, compare, benchmark };
