/** How far own liquidation prices are from the exchange's: a histogram, and the same as a table for screen readers. */

import { useSignal } from "@preact/signals";
import { fetchAgreement } from "../../api/client";
import type { AgreementAnswer } from "../../api/schema";
import { formatTime } from "../../format/time";
import { percent } from "../../format/usd";
import { type AgreementBar, agreementBars, reasonRows, relativeText } from "../../model/agreement_bars";
import { Group, Sums } from "../parts";
import { useAnswer, usePage } from "../use_page";

const WHICH = ["this coin", "all coins"] as const;

export function Agreement() {
  const page = usePage();
  const which = useSignal<(typeof WHICH)[number]>("this coin");
  const isOpen = page.panel.value === "limits";
  const coin = which.value === "this coin" ? page.coin.value : null;
  const at = page.at.value;
  const key = isOpen ? `${coin} ${at}` : null;
  const { answer, problem } = useAnswer(key, (signal) => fetchAgreement(coin, at ?? undefined, signal));
  return (
    <>
      <Group
        id="agreement-of"
        label="Compare"
        small
        value={which.value}
        items={WHICH.map((value) => ({ value, label: value }))}
        choose={(value) => {
          which.value = value;
        }}
      />
      {problem !== null ? <p role="alert">{problem}</p> : answer === null ? <p>loading</p> : <Drawn answer={answer} />}
    </>
  );
}

function Drawn({ answer }: { readonly answer: AgreementAnswer }) {
  const reasons = reasonRows(answer.not_comparable);
  return (
    <div id="agreement" data-n={answer.n}>
      {answer.note === null ? null : <p>{answer.note}</p>}
      {answer.n === 0 ? null : (
        <>
          <Bars bars={agreementBars(answer)} n={answer.n} />
          <Sums
            rows={[
              ["positions compared", answer.n.toLocaleString("en-US")],
              ["equal to the printed digits", percent(answer.within_digits / answer.n, 1)],
              ["median difference", relativeText(answer.median)],
              ["largest difference", relativeText(answer.largest)],
            ]}
          />
        </>
      )}
      <Sums
        rows={[
          ["both say: no price liquidates it", answer.nulls_agree.toLocaleString("en-US")],
          ["only we find a price", answer.only_ours.toLocaleString("en-US")],
          ["only the exchange has a price", answer.only_published.toLocaleString("en-US")],
          ["as of", formatTime(answer.as_of_ms)],
        ]}
      />
      {reasons.length === 0 ? null : (
        <>
          <p>Not comparable, in positions:</p>
          <ul class="reasons">
            {reasons.map(([reason, count]) => (
              <li key={reason}>{`${count.toLocaleString("en-US")}: ${reason}`}</li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Bars({ bars, n }: { readonly bars: readonly AgreementBar[]; readonly n: number }) {
  const most = Math.max(...bars.map((bar) => bar.count), 1);
  return (
    <>
      <div class="agreement-bars" aria-hidden="true">
        {bars.map(({ label, count }) => (
          <div key={label}>
            <span>{label}</span>
            <svg viewBox="0 0 100 10" preserveAspectRatio="none">
              {/* A single position among thousands still shows. */}
              <rect width={count === 0 ? 0 : Math.max((count / most) * 100, 1)} height="10" />
            </svg>
            <b>{count.toLocaleString("en-US")}</b>
          </div>
        ))}
      </div>
      <table class="unseen">
        <caption>Difference between our liquidation price and the exchange's, in percent of the latter</caption>
        <thead>
          <tr>
            <th>difference</th>
            <th>positions</th>
            <th>part</th>
          </tr>
        </thead>
        <tbody>
          {bars.map(({ label, count }) => (
            <tr key={label}>
              <th>{label}</th>
              <td>{count}</td>
              <td>{percent(count / n, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
