/** The heatmap primitive and what it is configured with. */

export {
  type DensityScale,
  defaultThreshold,
  densityAt,
  densityPlace,
  densityScaleOf,
  positionOf,
  thresholdOf,
} from "./density_scale";
export { colourTable, PALETTES, type PaletteName, type Theme } from "./palette";
export { HeatmapPrimitive } from "./primitive";
export type { HeatLook } from "./raster";
