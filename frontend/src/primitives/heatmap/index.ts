/** The heatmap primitive and what it is configured with. */

export { HeatmapPrimitive } from "./primitive";
export { type PaletteName, PALETTES, type Theme } from "./palette";
export { type Curve, CURVES, placeOf, scaleOf, steadyScale, thresholdAt, type UsdScale, usdAt } from "./scale";
export type { TextureOptions } from "./texture";
