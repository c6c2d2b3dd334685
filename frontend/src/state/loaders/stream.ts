/** The stream of the coin that is looked at: its bands, how the map stands, and news of what is stored and studied. */

import { batch, effect, untracked } from "@preact/signals";
import { ApiError } from "../../api/client";
import { isStudy, type StreamMessage } from "../../api/schema";
import { FrameStream } from "../../api/stream";
import { CurrentBands } from "../../model/bands";
import { planLook } from "../../model/look_plan";
import type { Mode } from "../../model/view_hash";
import { debounce, throttle } from "../../timing";
import type { PageState } from "../page_state";
import { receiveAlerts } from "./alerts";

/** Between two messages: faster nobody reads, and a page in the background needs to be no better than a glance. */
const FRAMES_EVERY_MS = 2_500;
const HIDDEN_FRAMES_EVERY_MS = 10_000;
const LOOK_WAIT_MS = 250;
const NEWS_EVERY_MS = 5_000;

export function keepStream(page: PageState): void {
  const news = {
    figures: throttle(() => count(page.news.figures), NEWS_EVERY_MS),
    stored: throttle(() => count(page.news.stored), NEWS_EVERY_MS),
    /** Births, sweeps and cascades of a minute are told one after the other, and asked about once. */
    study: throttle(() => count(page.news.study), NEWS_EVERY_MS),
  };
  let stream: FrameStream | null = null;
  /** Tell the server what is on screen, so that it tells no more than that. */
  const look = (): void => {
    const coin = page.coin.peek();
    if (coin === null || !page.isStarted.peek()) return;
    const everyMs = page.isHidden.peek() ? HIDDEN_FRAMES_EVERY_MS : FRAMES_EVERY_MS;
    const wanted = planLook(stream?.look ?? null, coin, SIDES[page.mode.peek()], everyMs, shown(page));
    if (stream !== null) stream.watch(wanted);
    else {
      stream = new FrameStream(wanted, {
        onMessage: (message) => batch(() => receive(page, message, news)),
        onState: (state) => {
          page.streamState.value = state;
        },
      });
    }
  };
  const lookSoon = debounce(look, LOOK_WAIT_MS);
  effect(() => {
    void [page.coin.value, page.mode.value, page.isHidden.value, page.isStarted.value];
    untracked(look);
  });
  effect(() => {
    void [page.visible.value, page.heat.value];
    lookSoon();
  });
  effect(() => {
    if (page.isHidden.value) return;
    news.figures();
    news.stored();
  });
}

const SIDES: Readonly<Record<Mode, 1 | -1 | null>> = { both: null, long: 1, short: -1 };

const count = (news: { value: number; peek(): number }): void => {
  news.value = news.peek() + 1;
};

/** Prices on screen and the level of the cells; null while nothing is drawn. */
function shown(page: PageState) {
  const area = page.visible.peek();
  const level = page.heat.peek()?.level;
  return level === undefined || area === null ? null : { level, lowPrice: area.lowPrice, highPrice: area.highPrice };
}

function receive(page: PageState, message: StreamMessage, news: Readonly<Record<keyof PageState["news"], () => void>>) {
  if (message.type === "error") {
    page.tell(new ApiError(message.detail, 0));
    return;
  }
  if (message.type === "alerts") {
    receiveAlerts(page, message.alerts, true);
    return;
  }
  if (isStudy(message)) {
    if (message.coin !== page.coin.peek() || page.isHidden.peek()) return;
    news.study();
    news.figures();
    return;
  }
  const storedMs = page.status.peek()?.last_ms ?? 0;
  page.status.value = message.status;
  page.heardMs.value = Date.now();
  if (message.type === "status") return;
  const { frame } = message;
  const bands = page.newest.bands.peek();
  if (frame.bands !== null) page.newest.bands.value = CurrentBands.of(frame.mark, frame.level, frame.bands);
  else if (bands === null || frame.changes === null) return;
  else page.newest.bands.value = bands.changed(frame.mark, frame.changes);
  page.newest.frame.value = frame;
  if (message.type === "changes") news.figures();
  // A whole view may stand in place of changes that would have said so.
  const isStored = message.type === "changes" ? message.is_stored : message.status.last_ms > storedMs;
  if (isStored) news.stored();
}
