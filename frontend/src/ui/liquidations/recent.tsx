/** Liquidations of the coin in the last 1, 4 and 24 hours up to the newest frame, by side. */

import { fetchContext, fetchLiquidations } from "../../api/client";
import { formatShort } from "../../format/time";
import { HOUR_MS, RECENT_HOURS, recentRow } from "../../model/recent";
import { useAnswer, usePage } from "../use_page";

/** Sums come with any list, whatever its length. */
const LEAST = 1;
/** A quarter of an hour each: what may be missing at an edge. */
const COLUMNS = 96;
/** In place of a sum that is asked for: neither unknown nor nothing. */
const ASKED = "…";

export function Recent() {
  const page = usePage();
  const coin = page.coin.value;
  const at = page.at.value;
  const endMs = (at === null ? page.status.value?.as_of_ms : page.moment.value?.frame.as_of_ms) ?? null;
  // Again with each stored minute, or with the moment that is looked at.
  const key = coin === null || endMs === null ? null : `${coin}/${at === null ? page.news.stored.value : endMs}`;
  const { answer, problem } = useAnswer(key, async (signal) => {
    const name = coin ?? "";
    const end = (page.frame.peek()?.as_of_ms ?? endMs ?? 0) + 1;
    const [context, ...sums] = await Promise.all([
      fetchContext({ coin: name, startMs: end - 24 * HOUR_MS, endMs: end, width: COLUMNS }, signal),
      ...RECENT_HOURS.map((hours) =>
        fetchLiquidations({ coin: name, start: String(end - hours * HOUR_MS), end: String(end) }, LEAST, signal),
      ),
    ]);
    const note = sums[0]?.note ?? null;
    const rows = sums.map((each, place) => recentRow(RECENT_HOURS[place] ?? 1, end, each.totals, context));
    return { coin, end, note, rows };
  });
  if (key === null || problem !== null || (answer !== null && answer.note !== null)) return null;
  const known = answer?.coin === coin && answer.end <= (at ?? Infinity) + 1 ? answer : null;
  const rows = known?.rows ?? RECENT_HOURS.map((hours) => ({ hours, long: ASKED, short: ASKED, seen: null }));
  return (
    <table id="recent-liquidations" class="recent">
      <caption class="muted">
        {known === null ? `${coin}, being asked for` : `${coin}, up to ${formatShort(known.end)} UTC`}
      </caption>
      <thead>
        <tr>
          <th scope="col">last</th>
          <th scope="col">longs, forced sell</th>
          <th scope="col">shorts, forced buy</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ hours, long, short, seen }) => (
          <tr key={hours} data-hours={hours}>
            <th scope="row">{`${hours} h`}</th>
            <td class="long">{long}</td>
            <td class="short">
              {short}
              {seen === null ? null : <small class="muted">{seen}</small>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
