/** Over the map while an earlier moment is looked at: which one, and what is not known of it. */

import { formatTime } from "../../format/time";
import { usePage } from "../use_page";

export function ReplayBand() {
  const page = usePage();
  const at = page.at.value;
  if (at === null) return null;
  const answered = page.replay.moment.value;
  const isOfCoin = answered !== null && answered.coin === page.coin.value;
  const frameMs = page.moment.value?.frame.as_of_ms ?? null;
  const isHole = frameMs === null && isOfCoin && !page.replay.isWaiting.value && answered.frame.as_of_ms <= at;
  return (
    <p id="replay-band" class="replay-band" data-at={at} data-frame={frameMs ?? ""}>
      <b>REPLAY, {formatTime(at)}</b>
      {isHole && <span>no data of this time: the last is of {formatTime(answered.frame.as_of_ms)}</span>}
      {frameMs === null && !isHole && <span>loading</span>}
      {page.layers.value.has("sweeps") && <span>sweeps under way are told of now only</span>}
    </p>
  );
}
