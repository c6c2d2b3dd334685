/** Ties the chart to the state: what it draws follows the signals, what is on screen is told back. */

import { batch, effect, untracked } from "@preact/signals";
import { MapChart } from "../../chart/chart";
import { Profile } from "../../chart/profile";
import { eventMarks, leftSpans } from "../../model/event_marks";
import { keptArea } from "../../model/fetch_plan";
import { change, openBand, openCluster, openEvent } from "../../state/actions";
import { cellAt, cellUntil } from "../../state/cell_at";
import { linesOf } from "../../state/measuring";
import type { PageState } from "../../state/page_state";
import { pricedBands } from "../../state/priced_bands";
import { walletPicture } from "../../state/wallet_picture";
import { debounce, oncePerFrame } from "../../timing";
import { painter } from "../../worker/shared";
import { bindSpans, clusterAtEdge } from "../clusters/bind_spans";
import { Bars } from "./bars";
import { bindBars } from "./bind_bars";
import { bindHeat } from "./bind_heat";

/** The address is written once a view stood still for so long. */
const LINK_WAIT_MS = 400;

/** Builds chart and profile in their elements. Returns what ends them. */
export function bindChart(page: PageState, box: HTMLElement, profileCanvas: HTMLCanvasElement): () => void {
  const theme = page.theme.peek();
  const profile = new Profile(profileCanvas, theme);
  let bars: Bars | null = null;
  const chart = new MapChart(box, theme, {
    onPointer: (place) => {
      page.pointer.value = place;
    },
    onClick: (place) => {
      const event = chart.marks.at(place.x, place.y);
      const cluster = clusterAtEdge(page, chart, place);
      if (event !== null) openEvent(page, event.id);
      else if (cluster !== null) openCluster(page, cluster);
      else {
        const cell = cellAt(page.heat.peek(), place, page.axes.peek(), page.threshold.peek());
        const known = cellUntil(cell, page.heat.peek(), page.at.peek());
        if (known !== null) openBand(page, known);
      }
    },
    onView: () => tellView(),
  });
  const held = new Bars(page, chart);
  bars = held;
  page.picture.value = () => chart.picture();
  const tellView = (): void => {
    if (bars === null) return;
    const { width, height } = chart.paneSize;
    batch(() => {
      page.visible.value = keptArea(page.visible.peek(), chart.visibleArea());
      page.axes.value = {
        xOf: (timeMs) => chart.heat.xOf(timeMs),
        yOf: (price) => chart.yOf(price),
        timeOf: (x) => chart.heat.timeAt(x),
        priceOf: (y) => chart.priceOf(y),
        width,
        height,
        left: box.offsetLeft,
      };
    });
    held.move();
    tellPlace();
  };
  // The link follows once the view stands still.
  const tellPlace = debounce(() => {
    const area = chart.visibleArea();
    if (!held.isMoved || area === null) return;
    const span = { startMs: area.startMs, endMs: area.endMs };
    change(page, { span, prices: chart.isFollowing ? null : chart.visiblePrices() });
  }, LINK_WAIT_MS);
  const moved = (event: Event): void => {
    if (event.type === "wheel" || (event as PointerEvent).buttons !== 0) held.isMoved = true;
  };
  for (const name of ["wheel", "pointermove"]) box.addEventListener(name, moved, { passive: true, capture: true });
  const drawProfile = oncePerFrame(() => profile.show(profileView(page, chart)));
  const observer = new ResizeObserver(drawProfile);
  observer.observe(profileCanvas);
  const ends = [
    ...drawing(page, chart, profile),
    effect(() => {
      void page.coin.value;
      held.clear();
    }),
    ...bindBars(page, held),
    effect(() => {
      const camera = page.camera.value;
      if (camera !== null) held.isMoved = true;
      if (camera?.span) chart.showSpan(camera.span.startMs, camera.span.endMs);
      if (camera?.prices === "follow") chart.followPrice();
      else if (camera?.prices) chart.setPrices(camera.prices);
      // At once: a key held down moves on from here, not from what was drawn last.
      if (camera !== null) untracked(tellView);
    }),
    effect(() => {
      void [page.shownBands.value, page.heat.value, page.mode.value, page.axes.value];
      drawProfile();
    }),
  ];
  return () => {
    for (const end of ends) end();
    page.picture.value = null;
    observer.disconnect();
    chart.remove();
  };
}

/** What is drawn over and under the bars. */
function drawing(page: PageState, chart: MapChart, profile: Profile): (() => void)[] {
  return [
    effect(() => {
      chart.setTheme(page.theme.value);
      profile.setTheme(page.theme.value);
    }),
    effect(() => chart.setMark(page.mark.value)),
    effect(() => chart.setClock(page.view.value.zone)),
    effect(() => {
      void page.theme.value;
      chart.setLines(linesOf(page), page.layers.value.has("percent") ? page.mark.value : null);
    }),
    effect(() => chart.setPointed(page.cell.value?.asOfMs ?? null)),
    ...bindHeat(page, chart, painter, document.documentElement),
    effect(() => {
      const shown = page.layers.value;
      const events = shown.has("events") ? eventMarks(page.events.value?.events ?? []) : [];
      const spans = shown.has("sweeps") ? leftSpans(page.sweeps.value, page.clusters.value?.tracked ?? []) : [];
      chart.marks.show(events, spans);
      document.documentElement.dataset.marks = `${events.length}/${spans.length}`;
    }),
    ...bindSpans(page, chart),
    effect(() => {
      const picture = walletPicture(page);
      chart.wallets.show(picture);
      document.documentElement.dataset.wallets = `${picture.lines.length}/${picture.history?.runs.length ?? 0}`;
    }),
    ...(["book", "triggers", "structure"] as const).map((name) => bindLayerOnce(page, chart, name)),
  ];
}

/** Layers that few look at are loaded when they are first switched on. */
function bindLayerOnce(page: PageState, chart: MapChart, name: "book" | "triggers" | "structure"): () => void {
  let isAsked = false;
  return effect(() => {
    if (isAsked || !page.layers.value.has(name)) return;
    isAsked = true;
    import("../../later")
      .then(({ bindLayer }) => bindLayer[name](page, chart))
      .catch((error: unknown) => console.error(error));
  });
}

function profileView(page: PageState, chart: MapChart) {
  const bands = untracked(() => pricedBands(page, page.heat.value?.level ?? 0));
  const { height: paneHeight } = chart.paneSize;
  return { bands, mode: page.mode.peek(), paneHeight, yOf: (price: number) => chart.yOf(price) };
}
