/** The profile at the left with what it says of the price that is pointed at, which the chart lights too. */

import type { Ref } from "preact";
import { formatFrom, formatSpan } from "../../format/price";
import { usd } from "../../format/usd";
import { type PricedBands, type SideSums, sumBetween } from "../../model/band_sums";
import type { ChartAxes } from "../../model/places";
import { pricedBands } from "../../state/priced_bands";
import { usePage } from "../use_page";

const PAGE = 10;

export function ProfilePart({ canvas }: { readonly canvas: Ref<HTMLCanvasElement> }) {
  const page = usePage();
  const { profilePrice } = page.measuring;
  const bands = pricedBands(page, page.heat.value?.level ?? 0);
  const [price, axes] = [profilePrice.value, page.axes.value];
  const row = price === null || bands === null ? null : rowAt(bands, price);
  const place = (event: PointerEvent): void => {
    profilePrice.value = page.axes.peek()?.priceOf(event.offsetY) ?? null;
  };
  const step = (event: KeyboardEvent): void => {
    const count = STEPS[event.key];
    const from = profilePrice.peek() ?? bands?.mark ?? null;
    if (count === undefined || from === null || bands === null) return;
    event.preventDefault();
    event.stopPropagation();
    profilePrice.value = Math.exp((Math.floor(Math.log(from) / bands.logStep) + 0.5 + count) * bands.logStep);
  };
  const clear = (): void => {
    profilePrice.value = null;
  };
  return (
    <>
      <canvas
        id="profile"
        ref={canvas}
        role="slider"
        tabIndex={0}
        aria-label="USD of the present levels by price"
        aria-orientation="vertical"
        aria-valuenow={price ?? bands?.mark ?? 0}
        aria-valuetext={row === null ? "no price chosen" : row.lines.join(", ")}
        onPointerMove={place}
        onPointerDown={place}
        onPointerLeave={(event) => event.pointerType === "mouse" && clear()}
        onKeyDown={step}
        onBlur={clear}
      />
      <PriceBand bands={bands} axes={axes} />
      {row !== null && axes !== null && (
        <div
          id="profile-tip"
          class="tooltip profile-tip"
          style={{ left: `${axes.left}px`, ...besideOf(axes, row.high) }}
          data-span={`${row.low}/${row.high}`}
          data-usd={`${row.here.long ?? ""}/${row.here.short ?? ""}`}
        >
          {row.lines.map((line, index) => (
            <div key={line} class={index === 0 ? "tip-head" : ""}>
              {line}
            </div>
          ))}
        </div>
      )}
    </>
  );
}

const STEPS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1, PageUp: PAGE, PageDown: -PAGE };

/** The row of a price across profile and chart, or across the profile alone where the chart is pointed at. */
function PriceBand({ bands, axes }: { readonly bands: PricedBands | null; readonly axes: ChartAxes | null }) {
  const page = usePage();
  const own = page.measuring.profilePrice.value;
  const price = own ?? page.pointer.value?.price ?? null;
  if (bands === null || axes === null || price === null) return null;
  const row = Math.floor(Math.log(price) / bands.logStep);
  const [top, bottom] = [row + 1, row].map((band) => axes.yOf(Math.exp(band * bands.logStep)) ?? NaN) as [
    number,
    number,
  ];
  if (Number.isNaN(top) || Number.isNaN(bottom) || bottom < 0 || top > axes.height) return null;
  const style = {
    transform: `translate(0, ${Math.round(top)}px)`,
    width: `${own === null ? axes.left : axes.left + axes.width}px`,
    height: `${Math.max(Math.round(bottom - top), 3)}px`,
  };
  return <div class="price-band" style={style} />;
}

function rowAt(bands: PricedBands, price: number) {
  const band = Math.floor(Math.log(price) / bands.logStep);
  const [low, high] = [Math.exp(band * bands.logStep), Math.exp((band + 1) * bands.logStep)];
  const { mark } = bands;
  const here = sumBetween(bands, low, high);
  const lines = [`${formatSpan(low, high)}${mark === null ? "" : `  ${formatFrom(price, mark, high - low)}`}`];
  lines.push(`at this price: ${sumsText(here)}`);
  if (mark !== null)
    lines.push(`from the mark to here: ${sumsText(sumBetween(bands, mark, price > mark ? high : low))}`);
  return { low, high, here, lines };
}

/** longs $1.2M, shorts $3.4M; a side that is not told is left out. */
export function sumsText({ long, short }: SideSums): string {
  const parts = [long === null ? null : `longs ${usd(long, 3)}`, short === null ? null : `shorts ${usd(short, 3)}`];
  const said = parts.filter((part) => part !== null);
  if (said.length === 0) return "not told so far from the screen";
  return (long ?? 0) + (short ?? 0) === 0 ? "no level known" : said.join(", ");
}

/** Above the pointer where there is room, else below the row. */
function besideOf(axes: ChartAxes, high: number): { readonly top: string } {
  const y = axes.yOf(high) ?? 0;
  return { top: `${Math.round(Math.min(Math.max(y - 84, 4), axes.height - 84))}px` };
}
