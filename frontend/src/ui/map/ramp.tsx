/** Colours against USD per 0.1 % of price. One scale a coin: a colour means the same at every range, zoom and screen. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { ScaleAnswer } from "../../api/schema";
import { formatShort } from "../../format/time";
import { usd } from "../../format/usd";
import type { Mode } from "../../model/view_hash";
import { colourTable, type DensityScale, densityAt, type PaletteName, type Theme } from "../../primitives/heatmap";
import { SIZE, type TableName } from "../../primitives/heatmap/palette";
import { usePage } from "../use_page";

const TICKS = [0, 0.5, 1];

export function Ramp() {
  const page = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [palette, theme, mode] = [page.palette.value, page.theme.value, page.mode.value];
  useLayoutEffect(() => {
    if (canvas.current !== null) drawRamps(canvas.current, tablesOf(mode, palette), theme);
  }, [mode, palette, theme]);
  const answer = page.scale.value;
  const isKnown = answer !== null && page.heat.value !== null;
  const scale = page.densityScale.value;
  return (
    <div class="ramp" title={isKnown ? ruleText(answer) : ""}>
      <div class="ramp-name muted">
        <span>USD per 0.1 % of price</span>
        {palette === "sides" && mode === "both" && <span>longs above, shorts below</span>}
      </div>
      <canvas
        id="ramp"
        ref={canvas}
        width={SIZE}
        height={2}
        role="img"
        aria-label={rampLabel(isKnown ? scale : null)}
      />
      <div id="ticks" class="ticks">
        {isKnown ? (
          TICKS.map((place) => (
            <span
              key={place}
              class={`tick${place === 1 ? " last" : ""}${place === 0 ? " first" : ""}`}
              style={{ left: `${place * 100}%` }}
            >
              {`${usd(densityAt(place, scale), 3)}${place === 1 ? " and more" : ""}`}
            </span>
          ))
        ) : (
          <span class="muted">nothing to colour yet</span>
        )}
      </div>
    </div>
  );
}

const rampLabel = (scale: DensityScale | null): string =>
  scale === null
    ? "Colours from few to many USD"
    : `Colours from ${usd(scale.low, 3)} to ${usd(scale.high, 3)} and more of levels in 0.1 % of price`;

/** Where the scale is from. */
function ruleText(answer: ScaleAnswer | "none"): string {
  if (answer === "none") return "From the cells on screen: the server has no scale for this coin";
  const basis = {
    "7 days": "over 7 days",
    shorter: `since ${formatShort(answer.from_ms ?? answer.computed_ms)} UTC`,
    now: "now",
  }[answer.basis];
  const note = answer.note === null || answer.note === "" ? "" : `. ${answer.note}`;
  return (
    `Coldest: more than 55 % of the places with levels within 20 % of price hold ${basis}; hottest: 98.5 %. ` +
    `As of ${formatShort(answer.computed_ms)} UTC, the same for every reader, range and zoom${note}`
  );
}

/** Two tables where the sides have colours of their own. */
export function tablesOf(mode: Mode, palette: PaletteName): readonly TableName[] {
  if (mode === "long" || mode === "short") return [palette === "sides" ? mode : palette];
  return palette === "sides" ? ["long", "short"] : [palette];
}

export function drawRamps(canvas: HTMLCanvasElement, tables: readonly TableName[], theme: Theme): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  for (let line = 0; line < 2; line += 1) {
    const image = pen.createImageData(SIZE, 1);
    image.data.set(colourTable(tables[line % tables.length] as TableName, theme));
    pen.putImageData(image, 0, line);
  }
}
