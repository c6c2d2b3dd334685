/** The drawer over the panels: positions, an account or an event, and the way back through what was opened. */

import { useRef } from "preact/hooks";
import { shortAddress } from "../../format/address";
import { closeDrawer, goBack } from "../../state/actions";
import type { DrawerView } from "../../state/drawer_view";
import { AlertsPage } from "../alerts/alerts_page";
import { usePage } from "../use_page";
import { AccountsPage } from "../wallet/accounts_page";
import { WalletPage } from "../wallet/wallet_page";
import { Event } from "./event";
import { Positions } from "./positions";
import { useDrawerFocus } from "./use_drawer_focus";

/** Views that were left by going deeper stay as they are, out of sight, until the way leads back to them. */
export function Drawer() {
  const page = usePage();
  const views = page.drawer.value;
  const top = views.at(-1);
  const below = views.at(-2);
  const canWiden = top?.kind === "account" || top?.kind === "accounts";
  const isWide = canWiden && page.wallets.isWide.value;
  const box = useRef<HTMLDivElement>(null);
  const close = useRef<HTMLButtonElement>(null);
  useDrawerFocus(box, close, views);
  return (
    <div
      id="drawer"
      ref={box}
      class={isWide ? "drawer wide" : "drawer"}
      role="dialog"
      aria-labelledby="drawer-title"
      hidden={top === undefined}
    >
      <div class="drawer-head">
        <button
          id="drawer-back"
          type="button"
          aria-label={below?.kind === "event" ? "Back to the liquidation" : "Back to the list"}
          hidden={below === undefined}
          onClick={() => goBack(page)}
        >
          ←
        </button>
        <h2 id="drawer-title">{top === undefined ? "" : titleOf(top)}</h2>
        <button
          id="drawer-wide"
          type="button"
          aria-pressed={isWide}
          aria-label="Wide"
          title={isWide ? "Narrower" : "Wider"}
          hidden={!canWiden}
          onClick={() => {
            page.wallets.isWide.value = !page.wallets.isWide.value;
          }}
        >
          ⇔
        </button>
        <button id="drawer-close" ref={close} type="button" aria-label="Close" onClick={() => closeDrawer(page)}>
          ×
        </button>
      </div>
      {views.map((view) => (
        <div
          key={keyOf(view)}
          id={view === top ? "drawer-body" : undefined}
          class="drawer-body"
          tabIndex={0}
          hidden={view !== top}
        >
          <View view={view} />
        </div>
      ))}
    </div>
  );
}

function View({ view }: { readonly view: DrawerView }) {
  if (view.kind === "positions") return <Positions view={view} />;
  if (view.kind === "accounts") return <AccountsPage />;
  if (view.kind === "alerts") return <AlertsPage />;
  return view.kind === "account" ? <WalletPage view={view} /> : <Event view={view} />;
}

function titleOf(view: DrawerView): string {
  if (view.kind === "positions") return view.title;
  if (view.kind === "accounts") return "My accounts";
  if (view.kind === "alerts") return "Alerts";
  if (view.kind === "account") return `Account ${shortAddress(view.address)}`;
  return `${view.coin} ${view.event.side === 1 ? "long" : "short"} liquidated`;
}

const keys = new WeakMap<DrawerView, number>();
let lastKey = 0;

/** What is opened once more is asked once more: a view is the one that was opened, not one that says the same. */
function keyOf(view: DrawerView): number {
  const known = keys.get(view);
  if (known !== undefined) return known;
  lastKey += 1;
  keys.set(view, lastKey);
  return lastKey;
}
