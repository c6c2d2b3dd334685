/** Draws the map with what must be known of it beside: a picture is understood without its page. */

import { CANVAS_COLOURS } from "../../chart/themes";
import { freshness } from "../../model/freshness";
import { type ImagePlan, type Measure, planImage } from "../../model/image_plan";
import { type ImageFacts, imageName, imageWords } from "../../model/image_words";
import { densityAt } from "../../primitives/heatmap";
import { SIZE } from "../../primitives/heatmap/palette";
import type { PageState } from "../../state/page_state";
import { candlesText } from "../map/legend";
import { drawRamps, tablesOf } from "../map/ramp";
import { viewOf } from "../standing/standing";

export interface MapImage {
  readonly name: string;
  readonly blob: Blob;
}

export async function mapImage(page: PageState): Promise<MapImage> {
  const facts = factsOf(page);
  if (facts === null || page.picture.value === null) throw new Error("the map is not there yet");
  const canvas = draw(page, facts, page.picture.value());
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (blob === null) throw new Error("the browser made none of this size");
  return { name: imageName(facts.coin, facts.asOfMs), blob };
}

function factsOf(page: PageState): ImageFacts | null {
  const [coin, status] = [page.coin.value, page.status.value];
  if (coin === null || status === null) return null;
  const scale = page.densityScale.value;
  const isColoured = page.heat.value !== null && page.scale.value !== null;
  const at = page.at.value;
  return {
    coin,
    price: page.mark.value,
    asOfMs: at === null ? (page.frame.value?.as_of_ms ?? status.as_of_ms) : (page.moment.value?.frame.as_of_ms ?? at),
    clock: page.view.value.zone,
    source: status.provenance.name,
    isSimulated: status.provenance.is_simulated,
    kind: status.provenance.kind,
    fresh: freshness(viewOf(page)).text,
    densities: isColoured ? [densityAt(0, scale), densityAt(0.5, scale), densityAt(1, scale)] : null,
    threshold: page.threshold.value,
    mode: page.mode.value,
    areSidesApart: page.palette.value === "sides",
    isJoint: page.isJoint.value,
    candles: page.candles.value === null ? null : candlesText(page.candles.value.source),
    isLate: page.isHeatLate.value,
  };
}

function draw(page: PageState, facts: ImageFacts, chart: HTMLCanvasElement): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  const box = document.getElementById("chart")?.getBoundingClientRect();
  if (pen === null || box === undefined || chart.width === 0) throw new Error("the map is not there yet");
  const profile = document.getElementById("profile") as HTMLCanvasElement | null;
  const beside = profile?.getBoundingClientRect();
  const hasProfile = beside !== undefined && beside.width > 0 && beside.height > 0;
  const left = hasProfile ? Math.min(beside.left, box.left) : box.left;
  const family = getComputedStyle(document.body).fontFamily;
  const letters = (size: number, isStrong: boolean): string => `${isStrong ? "600 " : ""}${size}px ${family}`;
  const measure: Measure = (text, size, isStrong) => {
    pen.font = letters(size, isStrong);
    return pen.measureText(text).width;
  };
  // Of the chart's own pixels: it may not have followed the screen's ratio.
  const ratio = chart.width / box.width;
  const plan = planImage(imageWords(facts), box.left - left + chart.width / ratio, chart.height / ratio, measure);
  canvas.width = Math.round(plan.width * ratio);
  canvas.height = Math.round(plan.height * ratio);
  const colours = CANVAS_COLOURS[page.theme.value];
  pen.fillStyle = colours.background;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  // The chart pixel by pixel, so that cells stay crisp; the profile has pixels of its own.
  pen.drawImage(chart, Math.round((box.left - left) * ratio), Math.round(plan.map.y * ratio));
  if (hasProfile && profile !== null) {
    const [x, y] = [beside.left - left, plan.map.y + beside.top - box.top];
    pen.drawImage(profile, x * ratio, y * ratio, beside.width * ratio, beside.height * ratio);
  }
  pen.scale(ratio, ratio);
  drawLegend(pen, plan, page);
  pen.textBaseline = "middle";
  for (const { text, x, y, size, isStrong } of plan.texts) {
    pen.font = letters(size, isStrong);
    pen.fillStyle = isStrong ? colours.mark : colours.text;
    pen.fillText(text, x, y);
  }
  return canvas;
}

function drawLegend(pen: CanvasRenderingContext2D, { ramp }: ImagePlan, page: PageState): void {
  if (ramp === null) return;
  const tables = tablesOf(page.mode.value, page.palette.value);
  const colours = document.createElement("canvas");
  [colours.width, colours.height] = [SIZE, 2];
  drawRamps(colours, tables, page.theme.value);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(colours, ramp.x, ramp.y, ramp.width, ramp.height);
}
