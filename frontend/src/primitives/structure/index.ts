/** Swings, sessions, ranges and the volume profile, from candles and prints: a layer of its own. */

export { STRUCTURE_COLOURS, type StructureColours } from "./colours";
export type { StructurePicture, SwingMark } from "./place";
export { StructurePrimitive } from "./primitive";
