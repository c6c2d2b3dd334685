/**
 * A state of its own for each coin beside the first, which follows the page in all but the coin. They are made once and
 * used again: what keeps a state asks nothing while it has no coin.
 */

import { batch, effect, type Signal, signal, untracked } from "@preact/signals";
import { MAX_BESIDE } from "../model/view_hash";
import { HeatPainter } from "../worker/painter";
import { WORKER_ADDRESS } from "../worker/shared";
import { setCoin } from "./actions";
import { besideCoins } from "./beside";
import { keepCandles } from "./loaders/candles";
import { keepHeat } from "./loaders/heat";
import { keepScale } from "./loaders/scale";
import { PageState } from "./page_state";

export interface SmallMapState {
  readonly coin: string;
  readonly page: PageState;
  /** Its own: a painter answers the newest request alone. */
  readonly painter: HeatPainter;
}

interface Place {
  readonly page: PageState;
  readonly painter: HeatPainter;
}

/** The maps beside that of `main`, in the order of the link, from here on. */
export function keepSmallMaps(main: PageState): Signal<readonly SmallMapState[]> {
  const shown = signal<readonly SmallMapState[]>([]);
  const places: Place[] = [];
  effect(() => {
    const coins = besideCoins(main);
    untracked(() =>
      batch(() => {
        for (const { page } of places) if (!coins.includes(page.coin.peek() ?? "")) free(page);
        shown.value = coins.slice(0, MAX_BESIDE).map((coin) => ({ coin, ...placeOf(main, places, coin) }));
      }),
    );
  });
  return shown;
}

/** Where the coin stands already, else a free place, else a new one. */
function placeOf(main: PageState, places: Place[], coin: string): Place {
  const held = places.find(({ page }) => page.coin.peek() === coin);
  if (held !== undefined) return held;
  let place = places.find(({ page }) => page.coin.peek() === null);
  if (place === undefined) {
    place = newPlace(main);
    places.push(place);
  }
  setCoin(place.page, coin);
  return place;
}

function newPlace(main: PageState): Place {
  const page = new PageState({ ...main.view.peek(), coin: null }, main.settings.peek());
  const painter = new HeatPainter(WORKER_ADDRESS);
  follow(page, main);
  keepCandles(page);
  keepScale(page);
  keepHeat(page, (bytes) => painter.open(bytes));
  // What failed before is over once an answer comes.
  effect(() => {
    if (page.heat.value !== null) page.tell(null);
  });
  return { page, painter };
}

/** What was chosen on the page holds for each of its maps; what is of one coin or one view does not. */
function follow(page: PageState, main: PageState): void {
  effect(() => {
    const view = main.view.value;
    const own = { coin: page.coin.peek(), span: null, prices: null, least: null, cluster: null, account: null };
    const rangeAsked = main.rangeAsked.value;
    batch(() => {
      page.view.value = { ...view, ...own, beside: [] };
      page.rangeAsked.value = rangeAsked;
    });
  });
  for (const name of ["settings", "isSystemLight", "isHidden", "isStarted", "status"] as const) {
    effect(() => copy(main[name] as Signal<unknown>, page[name] as Signal<unknown>));
  }
  effect(() => copy(main.news.stored, page.news.stored));
}

function copy<T>(from: Signal<T>, to: Signal<T>): void {
  to.value = from.value;
}

/** Without a coin nothing is asked. */
function free(page: PageState): void {
  page.view.value = { ...page.view.peek(), coin: null };
  page.candles.value = page.heat.value = null;
  page.visible.value = page.planned.value = page.scale.value = null;
}
