/** The top line: coin, time range, sides, theme and help. */

import { RANGES } from "../../model/time_range";
import { MODES } from "../../model/view_hash";
import { nextTheme, setCoin, setMode, setRange } from "../../state/actions";
import { AlertsButton } from "../alerts/button";
import { Group } from "../parts";
import { usePage } from "../use_page";
import { AccountsButton } from "../wallet/accounts_button";
import { CoinSearch } from "./coin_search";

const QUICK_COINS = ["BTC", "ETH", "SOL", "HYPE", "XRP"];
const plain = <Value extends string>(values: readonly Value[]) => values.map((value) => ({ value, label: value }));

export function TopBar() {
  const page = usePage();
  const names = new Set(page.coins.value.map((row) => row.coin));
  return (
    <header class="top">
      <h1 class="brand">liqscape</h1>
      <CoinSearch />
      <Group
        id="quick"
        class="quick"
        label="Often used coins"
        items={plain(QUICK_COINS.filter((coin) => names.has(coin)))}
        value={page.coin.value}
        choose={(coin) => setCoin(page, coin)}
      />
      <Group
        id="ranges"
        label="Time range"
        items={plain(RANGES)}
        value={page.range.value}
        choose={(range) => setRange(page, range)}
      />
      <Group
        id="modes"
        label="Sides shown"
        items={plain(MODES)}
        value={page.mode.value}
        choose={(mode) => setMode(page, mode)}
      />
      <div class="group plain">
        <AlertsButton />
        <AccountsButton />
        <button
          id="theme"
          type="button"
          aria-label={`Theme: ${page.settings.value.theme}`}
          title="Dark, light, or as the system (t)"
          onClick={() => nextTheme(page)}
        >
          ◐
        </button>
        <button
          id="help"
          type="button"
          aria-label="Keys"
          title="Keys (?)"
          onClick={() => {
            page.isHelpOpen.value = true;
          }}
        >
          ?
        </button>
      </div>
    </header>
  );
}
