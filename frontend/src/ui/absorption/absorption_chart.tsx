/** The three lines over the price: told apart by dashes and by words at their ends, not by colour alone. */

import { formatPrice } from "../../format/price";
import { usd } from "../../format/usd";
import { LINE_WORDS, type LineName, type WayRow, wayChart } from "../../model/absorption";
import { BOOK_COLOURS, cssOf } from "../../primitives/book/colours";
import { TRIGGER_COLOURS } from "../../primitives/triggers";
import { usePage } from "../use_page";

const [WIDTH, HEIGHT] = [320, 120];
const DASHES: Readonly<Record<LineName, string | undefined>> = {
  liquidations: undefined,
  stops: "7 3",
  resting: "2 3",
};

interface AbsorptionChartProps {
  readonly rows: readonly WayRow[];
  readonly mark: number;
  /** The price that is looked at. */
  readonly at: number | null;
}

export function AbsorptionChart({ rows, mark, at }: AbsorptionChartProps) {
  const theme = usePage().theme.value;
  const chart = wayChart(rows, mark);
  const [first, last] = [rows[0], rows.at(-1)];
  if (chart === null || first === undefined || last === undefined) return null;
  const colours: Readonly<Record<LineName, string>> = {
    liquidations: "var(--text)",
    stops: TRIGGER_COLOURS[theme].stop_sell,
    resting: cssOf(BOOK_COLOURS[theme].bid),
  };
  const atX = at === null ? null : chart.x(at) * WIDTH;
  const unknown = chart.lines.filter((line) => line.points.length === 0).map((line) => LINE_WORDS[line.name]);
  const label = `USD between the mark and each price, from ${formatPrice(first.price)} to ${formatPrice(last.price)}, at most ${usd(chart.top, 3)}`;
  return (
    <figure class="life">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} preserveAspectRatio="none">
        <line class="axis" x1={0} x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
        <line class="axis" x1={chart.markX * WIDTH} x2={chart.markX * WIDTH} y1={0} y2={HEIGHT} />
        {atX === null ? null : (
          <line stroke="var(--accent)" vector-effect="non-scaling-stroke" x1={atX} x2={atX} y1={0} y2={HEIGHT} />
        )}
        {chart.lines.map(({ name, points }) => (
          <polyline
            key={name}
            data-line={name}
            fill="none"
            stroke={colours[name]}
            stroke-width={2}
            stroke-dasharray={DASHES[name]}
            vector-effect="non-scaling-stroke"
            points={points.map(([across, up]) => `${across * WIDTH},${HEIGHT - up * (HEIGHT - 4)}`).join(" ")}
          />
        ))}
      </svg>
      <figcaption>
        <span class="muted">{formatPrice(first.price)}</span>
        <span class="muted">{`mark; top ${usd(chart.top, 3)}`}</span>
        <span class="muted">{formatPrice(last.price)}</span>
      </figcaption>
      <div class="life-legend">
        {chart.lines
          .filter((line) => line.points.length > 0)
          .map(({ name }) => (
            <span key={name}>
              <svg width={30} height={8} aria-hidden="true" style={{ width: "30px", height: "8px", display: "inline" }}>
                <line
                  x1={0}
                  x2={30}
                  y1={4}
                  y2={4}
                  stroke={colours[name]}
                  stroke-width={2}
                  stroke-dasharray={DASHES[name]}
                />
              </svg>{" "}
              {LINE_WORDS[name]}
            </span>
          ))}
        {unknown.length === 0 ? null : <span>{`no line: ${unknown.join(", ")} unknown`}</span>}
      </div>
    </figure>
  );
}
