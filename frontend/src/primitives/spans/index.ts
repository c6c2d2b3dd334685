/** Spans of prices over the map: thin marks at its right edge, the chosen one filled. */

export type { PriceMark } from "./place";
export { SpansPrimitive } from "./primitive";
