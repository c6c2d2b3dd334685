/** The tooltip of the cell under the pointer: first what the map holds, then what the server says of the accounts. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { fetchPositions } from "../../api/client";
import type { Cluster, PositionsAnswer } from "../../api/schema";
import { formatSpan } from "../../format/price";
import { formatBy } from "../../format/time";
import { distance, usd } from "../../format/usd";
import { ageText, heldText, persistenceText, spanTexts } from "../../model/held";
import { type Cell, forcedFlow, usdOf } from "../../model/window";
import { type Asked, useAnswer, usePage } from "../use_page";

const OFFSET = 16;
const WAIT_MS = 140;
/** A finger would cover a box beside it, and the box the map. */
const BY_FINGER = "(pointer: coarse), (max-width: 480px)";
/** Positions that are looked at for their margin source; sums are of all. */
const MAX_ROWS = 100;

export function Tooltip() {
  const page = usePage();
  const box = useRef<HTMLDivElement>(null);
  const [cell, coin] = [page.cell.value, page.coin.value];
  const isAsked = cell !== null && coin !== null && cell.asOfMs !== null && usdOf(cell) > 0;
  const question = isAsked ? { band: cell.band, level: cell.level, at: cell.asOfMs ?? 0 } : null;
  const key = question === null ? null : `${coin}/${question.band}/${question.level}/${question.at}/${cell?.long}`;
  const details = useAnswer(
    key,
    async (signal) => ({ key, positions: await fetchPositions(coin ?? "", question ?? NOTHING, MAX_ROWS, signal) }),
    WAIT_MS,
  );
  const isStrip = matchMedia(BY_FINGER).matches;
  const known = details.answer?.key === key ? details.answer.positions : null;
  useLayoutEffect(() => {
    const [place, axes] = [page.pointer.peek(), page.axes.peek()];
    if (box.current === null || place === null || axes === null) return;
    if (isStrip) placeAway(box.current, place.y, axes.height);
    else placeBeside(box.current, place.x + axes.left, place.y, axes.left + axes.width, axes.height);
  });
  // Read so that the box follows the pointer within a cell.
  void page.pointer.value;
  if (cell === null || page.measuring.step.value !== "off")
    return <div id="tooltip" class="tooltip" ref={box} hidden />;
  const middle = Math.sqrt(cell.priceLow * cell.priceHigh);
  const atTime = page.heat.value?.mark[cell.column];
  const mark = atTime !== undefined && !Number.isNaN(atTime) ? atTime : page.mark.value;
  return (
    <div
      id="tooltip"
      class={isStrip ? "tooltip is-strip" : "tooltip"}
      ref={box}
      data-band={cell.band}
      data-level={cell.level}
      data-as-of={cell.asOfMs ?? ""}
    >
      <div class="tip-head">
        <span>{formatSpan(cell.priceLow, cell.priceHigh)}</span>
        <span class="muted">{mark === null ? "" : `${distance((middle / mark - 1) * 100)} from the mark then`}</span>
      </div>
      {cell.asOfMs === null ? (
        <div class="muted">not loaded: no frame of this time</div>
      ) : (
        <CellLines cell={cell} details={{ ...details, answer: known }} clusters={page.clusters.value?.clusters ?? []} />
      )}
    </div>
  );
}

const NOTHING = { band: 0, level: 0, at: 0 };

interface CellParts {
  readonly cell: Cell;
  readonly details: Asked<PositionsAnswer>;
  readonly clusters: readonly Cluster[];
}

function CellLines({ cell, details, clusters }: CellParts) {
  const isEmpty = usdOf(cell) === 0;
  return (
    <>
      {isEmpty ? (
        <div class="muted">nothing known here</div>
      ) : (
        <>
          <SideLine name="long" value={cell.long} />
          <SideLine name="short" value={cell.short} />
          <Details asked={details} />
        </>
      )}
      {(usePage().layersShown.triggerWords.value?.at(cell.band) ?? []).map((words) => (
        <div key={words} data-triggers="">
          {words}
        </div>
      ))}
      <Ages price={Math.sqrt(cell.priceLow * cell.priceHigh)} clusters={clusters} />
      <div class="muted">
        as of <span data-time="">{formatBy(cell.asOfMs ?? 0, usePage().view.value.zone)}</span>
      </div>
    </>
  );
}

function SideLine({ name, value }: { readonly name: "long" | "short"; readonly value: number | null }) {
  return (
    <div class={`tip-side ${name}`} data-side={name}>
      <span>{name}</span>
      <b>{usd(value)}</b>
      <span class="muted">{value ? forcedFlow(name === "long" ? 1 : -1) : ""}</span>
    </div>
  );
}

function Details({ asked }: { readonly asked: Asked<PositionsAnswer> }) {
  const { answer } = asked;
  if (asked.problem !== null) {
    return (
      <div class="muted" data-details="failed">
        accounts: no answer
      </div>
    );
  }
  if (answer === null) {
    return (
      <div class="muted" data-details="asking">
        …
      </div>
    );
  }
  const sources = [...new Set(answer.positions.map((row) => row.margin_source))].join(", ");
  const { account_count: accounts, position_count: positions, vault_notional: vaults } = answer.totals;
  return (
    <div data-details="known">
      {`${accounts} ${accounts === 1 ? "account" : "accounts"}, ${positions} ${positions === 1 ? "position" : "positions"}`}
      <span class="muted"> {sources}</span>
      {vaults > 0 && <div data-vaults={vaults}>of it vaults {usd(vaults)}</div>}
      {spanTexts(answer.ages ?? []).map((text) => (
        <div key={text} data-span-held="">
          {text}
        </div>
      ))}
    </div>
  );
}

/** How long the clusters of now that hold this price have stood. */
function Ages({ price, clusters }: { readonly price: number; readonly clusters: readonly Cluster[] }) {
  const here = clusters.filter(
    (cluster) => cluster.price_low <= price && price < cluster.price_high && heldText(cluster) !== null,
  );
  return (
    <>
      {here.map((cluster) => (
        <div key={cluster.cluster_id ?? cluster.price_peak} class="tip-held" data-held={cluster.cluster_id ?? ""}>
          {`${cluster.side === 1 ? "longs" : "shorts"} `}
          <b>{heldText(cluster)}</b>
          <span class="muted">
            {[persistenceText(cluster), ageText(cluster)]
              .flatMap((text) => (text === null ? [] : [`, ${text}`]))
              .join("")}
          </span>
        </div>
      ))}
    </>
  );
}

/** At the edge of the picture that is farther from the finger. */
function placeAway(box: HTMLElement, y: number, height: number): void {
  const top = y > height / 2 ? 0 : height - box.offsetHeight;
  box.style.transform = `translate(0, ${Math.max(Math.round(top), 0)}px)`;
}

/** Beside the pointer, inside the chart. */
function placeBeside(box: HTMLElement, x: number, y: number, width: number, height: number): void {
  const left = x + OFFSET + box.offsetWidth > width ? Math.max(x - OFFSET - box.offsetWidth, 0) : x + OFFSET;
  const top = Math.min(Math.max(y + OFFSET, 0), Math.max(height - box.offsetHeight - 4, 0));
  box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}
