/** The panel of liquidations: what happened, against the level this map showed before; with the reader's filter. */

import type { LiquidationsAnswer } from "../../api/sources";
import { usd } from "../../format/usd";
import { liquidationsCsv } from "../../model/csv_tables";
import { damageText } from "../../model/damage";
import { isFiltered } from "../../model/liquidation_filter";
import { countText } from "../../model/liquidation_text";
import { listOlder } from "../../state/liquidation_list";
import type { PageState } from "../../state/page_state";
import { CsvButton } from "../csv";
import { Term } from "../glossary/term";
import { Panel } from "../side/panel";
import { usePage } from "../use_page";
import { Filter } from "./filter";
import { Recent } from "./recent";
import { LiquidationButton } from "./row";

export function LiquidationsPanel() {
  const page = usePage();
  return (
    <Panel
      name="liquidations"
      draw={() => (
        <>
          <Recent />
          <Filter />
          <div id="liquidations">{list(page)}</div>
        </>
      )}
    />
  );
}

function list(page: PageState) {
  const answer = page.liquidations.value;
  if (answer === null || typeof answer === "string") return <p class="empty">{answer ?? "loading"}</p>;
  const damaged = (answer.damaged ?? []).map((row) => (
    <p key={row.file} class="empty">
      Damaged file: {damageText(row)}
    </p>
  ));
  const { liquidations: rows, totals } = answer;
  if (rows.length === 0) {
    return (
      <>
        <p class="empty">{answer.note ?? noneText(page)}</p>
        {damaged}
      </>
    );
  }
  const rest = totals.count + totals.refuted_count - rows.length;
  const isOfAll = page.filter.value.coins === "all";
  return (
    <>
      <Totals totals={totals} />
      <p class="save-row">
        <CsvButton what="these liquidations" make={async () => liquidationsCsv(answer)} />
      </p>
      <p class="words muted">
        <Term name="liquidation">What a liquidation is</Term> · <Term name="evidence">how it is known</Term> ·{" "}
        <Term name="backstop">liquidator vault</Term> · <Term name="adl">ADL</Term>
      </p>
      {damaged}
      {rows.map((row) => (
        <LiquidationButton
          key={`${row.address}/${row.coin}/${row.first_fill_ms}/${row.side}`}
          row={row}
          hasCoin={isOfAll}
        />
      ))}
      {rest > 0 && (
        <p class="empty">
          {rest.toLocaleString("en-US")} older ones are not listed.{" "}
          <button type="button" class="more-rows" data-older="" onClick={() => listOlder(page)}>
            show more
          </button>
        </p>
      )}
    </>
  );
}

function noneText(page: PageState): string {
  const filter = page.filter.value;
  const where = filter.coins === "all" ? "any coin" : (page.coin.value ?? "this coin");
  return isFiltered(filter)
    ? `No liquidation of ${where} that was seen fits this filter.`
    : `No liquidation of ${where} has been seen. A live map lists them as they happen.`;
}

function Totals({ totals }: Pick<LiquidationsAnswer, "totals">) {
  return (
    <p class="liquidation-sums">
      {countText(totals)}: <b class="long">{usd(totals.long_notional, 3)}</b> of longs,{" "}
      <b class="short">{usd(totals.short_notional, 3)}</b> of shorts
    </p>
  );
}
