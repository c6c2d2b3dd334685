/** What the map cannot show, each limit with its figure where there is one. */

import type { ViewFrame } from "../../api/schema";
import { percent, usd } from "../../format/usd";
import { damageText } from "../../model/damage";
import type { WordName } from "../../model/glossary";
import { marginSourceText } from "../../model/margin_source";
import type { PageState } from "../../state/page_state";
import { Term } from "../glossary/term";
import { Panel } from "../side/panel";
import { usePage } from "../use_page";
import { Agreement } from "./agreement";
import { Caveats } from "./caveats";

const REASONS: Readonly<Record<string, string>> = {
  below: "level below all prices of the map",
  above: "level above all prices of the map",
  no_level: "no price liquidates them",
  unknown: "balance of the account or mark price unknown",
  exempt: "not liquidated in practice",
};

export function LimitsPanel() {
  const page = usePage();
  return <Panel name="limits" class="limits" draw={() => limits(page)} />;
}

function limits(page: PageState) {
  const status = page.status.value;
  const frame = page.frame.value;
  const coin = frame?.coin ?? "this coin";
  const damaged = status?.damaged ?? [];
  return (
    <>
      {damaged.length > 0 && (
        <section key="damaged">
          <h3>Damaged files</h3>
          <ul class="damaged">
            {damaged.map((row) => (
              <li key={row.file}>{damageText(row)}</li>
            ))}
          </ul>
        </section>
      )}
      <Limit
        name="Not the whole market"
        word="coverage"
        text={`${coverageText(coin, frame?.coverage ?? null)} ${status?.provenance.note ?? ""}`}
      />
      <Limit
        name="Levels move with the rest of the account"
        word="level"
        text={
          `A cross account has one pool: its level in ${coin} moves when its other coins, its funding or its transfers move. ` +
          "The map is drawn with all other marks as they are now. Joint levels (j) let all coins move with BTC and say how far apart both stand."
        }
      />
      <Limit
        name="The mark triggers, not the last trade"
        word="mark"
        text="The exchange liquidates on its mark price, made of several venues. A wick of trades alone reaches no level."
      />
      <Limit
        name="Hyperliquid only"
        text="Positions on other venues are not here, and the price is made on all of them."
      />
      <Limit
        name="Not all at once"
        word="forced_flow"
        text={
          `Positions above $100k start with a fifth of their size: of what is on this map, the engine sends ${percent(frame?.first_order_share)} ` +
          "to the book at once. Owners add margin or close before; a level is where it stands now, not a forecast, and whether price moves towards clusters is not measured here."
        }
      />
      <Limit
        name="How the account balances became known"
        word="margin_source"
        text={status === null ? "unknown" : marginSourceText(status.margin_source_share) || "unknown"}
      />
      <Limit name={`Not drawn for ${coin}`} text={outsideText(frame)} />
      <Caveats />
      <section key="agreement">
        <h3>Our liquidation prices against the exchange's</h3>
        <Agreement />
      </section>
    </>
  );
}

interface LimitProps {
  readonly name: string;
  readonly text: string;
  /** The word of the glossary that the name opens. */
  readonly word?: WordName;
}

function Limit({ name, text, word }: LimitProps) {
  return (
    <section>
      <h3>{word === undefined ? name : <Term name={word}>{name}</Term>}</h3>
      <p>{text}</p>
    </section>
  );
}

function outsideText(frame: Pick<ViewFrame, "outside"> | null): string {
  const rows = (frame?.outside ?? []).map(
    (row) =>
      `${row.side === 1 ? "long" : "short"}, ${REASONS[row.reason] ?? row.reason}: ${usd(row.notional)} in ${row.position_count}`,
  );
  return rows.length === 0 ? "nothing" : rows.join("; ");
}

const coverageText = (coin: string, coverage: number | null): string =>
  coverage === null
    ? `The open interest of ${coin} is unknown, and with it how much of the market is here.`
    : `Known positions make up ${percent(coverage)} of the open interest of ${coin}.`;
