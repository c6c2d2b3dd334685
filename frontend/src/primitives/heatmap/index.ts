/** The heatmap primitive and what it is configured with. */

export { PALETTES, type PaletteName, type Theme } from "./palette";
export { HeatmapPrimitive } from "./primitive";
export { CURVES, type Curve, placeOf, scaleOf, steadyScale, thresholdAt, type UsdScale, usdAt } from "./scale";
export type { TextureOptions } from "./texture";
