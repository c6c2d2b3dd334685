/** The panes of the strip: one canvas for all, over it a line of text for each with its name and its figures. */

import { computed, effect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { drawStrip, type StripView } from "../../chart/strip";
import { formatBy } from "../../format/time";
import { CONTEXT_SERIES, columnAt, lastColumn, type SeriesName } from "../../model/context_series";
import type { PageState } from "../../state/page_state";
import { PANE } from "../../state/strip";
import { oncePerFrame } from "../../timing";
import { usePage } from "../use_page";

const TEXT = 1.25;

export function Panes({ shown }: { readonly shown: readonly SeriesName[] }) {
  const page = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return undefined;
    const draw = oncePerFrame(() => drawStrip(element, viewOf(page, shown)));
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    const stop = effect(() => {
      void [answerOf(page), page.axes.value, page.theme.value];
      draw();
    });
    return () => {
      stop();
      observer.disconnect();
    };
  }, [page, shown]);
  const answer = answerOf(page);
  const problem = page.strip.problem.value;
  return (
    <div
      class="strip-panes"
      style={{ height: `${PANE * shown.length}rem` }}
      onPointerMove={(event) => point(page, event)}
      onPointerLeave={() => {
        page.strip.pointedMs.value = null;
      }}
    >
      <canvas ref={canvas} role="img" aria-label="The figures named here, by time" />
      <Labels shown={shown} />
      <Line />
      {answer === null && (
        <p class="strip-note" role="status">
          {problem ?? "loading"}
        </p>
      )}
    </div>
  );
}

/** Names and figures of all panes, at the time that is pointed at or the newest on screen. */
function Labels({ shown }: { readonly shown: readonly SeriesName[] }) {
  const page = usePage();
  // The column, not the pointer: within one nothing is drawn again.
  const column = useMemo(() => computed(() => columnShown(page)), [page]).value;
  const answer = answerOf(page);
  const { zone } = page.view.value;
  const timeMs = answer === null || column === null ? null : (answer.time_ms[column] ?? null);
  return (
    <>
      {shown.map((name, index) => (
        <p key={name} class="strip-label" style={{ top: `${PANE * index}rem` }} data-series={name}>
          <span class="muted">{CONTEXT_SERIES[name].name}</span>{" "}
          {answer !== null && (
            <b>{timeMs === null || column === null ? "not loaded" : CONTEXT_SERIES[name].say(answer, column)}</b>
          )}{" "}
          {index === 0 && timeMs !== null && <span class="muted">at {formatBy(timeMs, zone)}</span>}
        </p>
      ))}
      {(answer?.notes ?? []).length > 0 && <p class="strip-note">{answer?.notes.join(" ")}</p>}
    </>
  );
}

/** The crosshair of the map goes on through the panes. */
function Line() {
  const page = usePage();
  const [timeMs, axes] = [pointedMs(page), page.axes.value];
  const x = timeMs === null ? null : (axes?.xOf(timeMs) ?? null);
  if (axes === null || x === null || x < 0 || x > axes.width) return null;
  return <i class="strip-line" style={{ transform: `translateX(${Math.round(axes.left + x)}px)` }} />;
}

const pointedMs = (page: PageState): number | null => page.pointer.value?.timeMs ?? page.strip.pointedMs.value;

/** Of the coin on screen alone. */
function answerOf(page: PageState) {
  const answer = page.strip.answer.value;
  return answer?.coin === page.coin.value ? answer : null;
}

function columnShown(page: PageState): number | null {
  const [answer, timeMs, area] = [answerOf(page), pointedMs(page), page.visible.value];
  if (answer === null) return null;
  return timeMs === null ? lastColumn(answer, area?.endMs ?? Infinity) : columnAt(answer, timeMs);
}

function viewOf(page: PageState, shown: readonly SeriesName[]): StripView | null {
  const [answer, axes, area] = [answerOf(page), page.axes.peek(), page.visible.peek()];
  if (answer === null || axes === null || area === null) return null;
  const root = getComputedStyle(document.documentElement);
  const rem = parseFloat(root.fontSize);
  return {
    answer,
    series: shown.map((name) => CONTEXT_SERIES[name]),
    theme: page.theme.peek(),
    xOf: axes.xOf,
    left: axes.left,
    width: axes.width,
    fromMs: area.startMs,
    untilMs: area.endMs,
    paneHeight: PANE * rem,
    textHeight: TEXT * rem,
    font: `${Math.round(rem * 0.8)}px ${getComputedStyle(document.body).fontFamily}`,
  };
}

/** Times under the pointer, for the figures; the chart's axes are linear in time. */
function point(page: PageState, event: PointerEvent): void {
  const [axes, area] = [page.axes.peek(), page.visible.peek()];
  const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
  if (axes === null || area === null) return;
  const share = (event.clientX - box.left - axes.left) / axes.width;
  page.strip.pointedMs.value = share < 0 || share > 1 ? null : area.startMs + share * (area.endMs - area.startMs);
}
