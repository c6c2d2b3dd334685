/** The legend: colour of a cell against its USD, with ticks at the quantiles of what is shown, and what is drawn how. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { HeatmapHeader } from "../../api/schema";
import { percent, usd } from "../../format/usd";
import { DETAILS, type Detail } from "../../model/fetch_plan";
import type { Mode } from "../../model/view_hash";
import {
  CURVES,
  type Curve,
  PALETTES,
  type PaletteName,
  placeOf,
  type Theme,
  type UsdScale,
} from "../../primitives/heatmap";
import { colourTable, SIZE } from "../../primitives/heatmap/palette";
import { changeSettings } from "../../state/actions";
import { usePage } from "../use_page";

const QUANTILES = ["0.5", "0.9", "0.99"] as const;
const MIN_GAP = 0.13;
const MAX_PLACE = 1000;

export function Legend() {
  const page = usePage();
  const settings = page.settings.value;
  return (
    <div class="legend">
      <Ramp />
      <Threshold />
      <Choice
        id="curve"
        name="scale"
        options={CURVES.map((name) => [name, name])}
        value={settings.curve}
        choose={(value) => changeSettings(page, { curve: value as Curve })}
      />
      <Choice
        id="palette"
        name="colours"
        options={Object.entries(PALETTES)}
        value={settings.palette}
        choose={(value) => changeSettings(page, { palette: value as PaletteName })}
      />
      <Choice
        id="detail"
        name="cells"
        options={Object.keys(DETAILS).map((name) => [name, name])}
        value={settings.detail}
        choose={(value) => changeSettings(page, { detail: value as Detail })}
      />
      <span class="key">
        <i class="event-sell" aria-hidden="true" />
        <span class="muted">longs liquidated: sold</span>
      </span>
      <span class="key">
        <i class="event-buy" aria-hidden="true" />
        <span class="muted">shorts: bought</span>
      </span>
      <span class="key">
        <i class="hatch" aria-hidden="true" />
        <span class="muted">not loaded</span>
      </span>
    </div>
  );
}

function Ramp() {
  const page = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { palette, theme } = page.settings.value;
  const mode = page.mode.value;
  useLayoutEffect(() => {
    if (canvas.current !== null) drawRamps(canvas.current, mode, palette, theme);
  }, [mode, palette, theme]);
  const [header, scale] = [page.heat.value, page.usdScale.value];
  const ticks = header === null || scale === null ? null : ticksOf(header, scale);
  return (
    <div class="ramp">
      <canvas
        id="ramp"
        ref={canvas}
        width={SIZE}
        height={2}
        role="img"
        aria-label="Colours from few to many USD in a cell"
      />
      <div id="ticks" class="ticks">
        {ticks === null ? (
          <span class="muted">nothing to colour</span>
        ) : (
          ticks.map(({ place, text, title }) => (
            <span
              key={title}
              class={`tick${place > 0.9 ? " last" : ""}${place < 0.1 ? " first" : ""}`}
              title={title}
              style={{ left: `${place * 100}%` }}
            >
              {text}
            </span>
          ))
        )}
      </div>
    </div>
  );
}

interface Tick {
  readonly place: number;
  readonly text: string;
  readonly title: string;
}

function ticksOf(header: HeatmapHeader, scale: UsdScale): Tick[] | null {
  if (header.quantiles === null) return null;
  const ticks: Tick[] = [{ place: 0, text: usd(scale.low, 2), title: "lowest colour" }];
  for (const name of QUANTILES) {
    const value = header.quantiles[name];
    if (value === undefined) continue;
    const place = placeOf(value, scale);
    const previous = ticks[ticks.length - 1]?.place ?? -1;
    if (place - previous < MIN_GAP) continue;
    // The last label ends at its tick, so it needs twice the room.
    if (place > 0.9 && ticks.length > 1 && place - previous < 2 * MIN_GAP) ticks.pop();
    const text = `${usd(value, 3)}${place >= 1 ? "+" : ""}`;
    ticks.push({ place, text, title: `${percent(Number(name))} of the cells with anything hold less` });
  }
  return ticks;
}

function Threshold() {
  const page = usePage();
  const value = page.threshold.value;
  return (
    <label class="threshold">
      <span class="muted">draw from</span>
      <input
        id="threshold"
        type="range"
        min={0}
        max={MAX_PLACE}
        step={10}
        value={page.sliderPlace.value}
        aria-valuetext={value === 0 ? "draws all cells" : `draws cells of at least ${usd(value, 3)}`}
        onInput={(event) => {
          page.sliderPlace.value = Number(event.currentTarget.value);
        }}
      />
      <output id="threshold-value" for="threshold">
        {value === 0 ? "all" : `≥ ${usd(value, 3)}`}
      </output>
    </label>
  );
}

interface ChoiceParts {
  readonly id: string;
  readonly name: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly value: string;
  readonly choose: (value: string) => void;
}

function Choice({ id, name, options, value, choose }: ChoiceParts) {
  return (
    <label>
      <span class="muted">{name}</span>{" "}
      <select id={id} value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map(([option, label]) => (
          <option key={option} value={option}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}

function drawRamps(canvas: HTMLCanvasElement, mode: Mode, palette: PaletteName, theme: Theme): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const names = mode === "split" ? (["long", "short"] as const) : [mode === "both" ? palette : mode];
  for (let line = 0; line < 2; line += 1) {
    const table = colourTable(names[line % names.length] as PaletteName, theme);
    const image = pen.createImageData(SIZE, 1);
    image.data.set(table);
    pen.putImageData(image, 0, line);
  }
}
