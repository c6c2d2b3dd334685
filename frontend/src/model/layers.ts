/** What may be drawn over the map beside the levels: each with a legend and a switch of its own, never summed with them. */

export const LAYERS = ["events", "sweeps", "book", "triggers", "clusters", "structure", "percent"] as const;
export type LayerName = (typeof LAYERS)[number];

export const DEFAULT_LAYERS: readonly LayerName[] = ["events", "sweeps", "clusters"];

export const isLayer = (text: string): text is LayerName => (LAYERS as readonly string[]).includes(text);
