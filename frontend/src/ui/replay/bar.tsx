/** Under the map while an earlier moment is looked at: play, steps, speed, a slider over all that is stored, back to now. */

import { useEffect, useRef } from "preact/hooks";
import { formatTime } from "../../format/time";
import { SPEEDS } from "../../model/replay";
import { closeReplay, goTo, stepMoment, togglePlay } from "../../state/replay";
import { keepInView } from "../../state/replay_view";
import { usePage } from "../use_page";

const MINUTE = 60_000;

export function ReplayBar() {
  const page = usePage();
  const { replay } = page;
  const [at, status] = [page.at.value, page.status.value];
  const play = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // Opened by its button, which stays where it is; by a key or a link nothing had the focus.
    if (document.activeElement === document.body) play.current?.focus({ preventScroll: true });
  }, []);
  if (at === null || status === null) return null;
  const isPlaying = replay.isPlaying.value;
  return (
    <div id="replay" class="replay-bar" role="group" aria-label="Replay of stored moments">
      <button
        id="replay-play"
        ref={play}
        type="button"
        aria-label={isPlaying ? "Pause (p)" : "Play (p)"}
        onClick={() => togglePlay(page)}
      >
        {isPlaying ? "❚❚" : "▶"}
      </button>
      <button
        id="replay-back"
        type="button"
        aria-label="One stored moment back ([)"
        onClick={() => stepMoment(page, -1)}
      >
        ‹
      </button>
      <button
        id="replay-forward"
        type="button"
        aria-label="One stored moment forward (])"
        onClick={() => stepMoment(page, 1)}
      >
        ›
      </button>
      <input
        id="replay-slider"
        type="range"
        aria-label="Moment that is shown"
        aria-valuetext={formatTime(at)}
        min={status.first_ms}
        max={status.last_ms}
        step={MINUTE}
        value={at}
        onInput={(event) => {
          const to = Number(event.currentTarget.value);
          replay.isPlaying.value = false;
          // The last step of the slider may end before the last frame.
          goTo(page, to + MINUTE > status.last_ms ? status.last_ms : to);
          keepInView(page, to);
        }}
      />
      <output class="replay-time" for="replay-slider">
        {formatTime(at)}
      </output>
      <label>
        <span class="muted">speed</span>{" "}
        <select
          id="replay-speed"
          value={String(replay.speed.value)}
          onChange={(event) => {
            const wanted = Number(event.currentTarget.value);
            replay.speed.value = SPEEDS.find((speed) => speed === wanted) ?? replay.speed.peek();
          }}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={String(speed)}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
      <button id="replay-close" type="button" class="wide" onClick={() => closeReplay(page)}>
        back to now
      </button>
    </div>
  );
}
