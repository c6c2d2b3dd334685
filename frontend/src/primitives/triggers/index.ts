/** Stops and take-profits by price, as bars at the right: a layer of its own. */

export { TRIGGER_COLOURS, type TriggerGroup } from "./colours";
export type { TriggerBar } from "./place";
export { TriggersPrimitive } from "./primitive";
