/** Marks over the map: liquidations by USD, and what sweeps left standing. */

export type { EventMark } from "./place";
export { type LeftSpan, MarksPrimitive } from "./primitive";
