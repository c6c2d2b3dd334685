/** My accounts: which are followed, and their positions over all coins, the nearest level first. */

import { nameOf, nearestFirst, type SavedWallet } from "../../model/wallet_lines";
import { walletColour } from "../../primitives/wallets";
import { openDeeper } from "../../state/actions";
import { usePage } from "../use_page";
import { useTyped } from "../use_typed";
import { AddressForm } from "./address_form";
import { NearRow } from "./near_row";

export function AccountsPage() {
  const { wallets } = usePage();
  const saved = wallets.saved.value;
  return (
    <div class="accounts">
      <AddressForm />
      <p class="muted">
        Kept in this browser only. An address leaves it in questions to this server about that account, and in a link
        you copy.
      </p>
      {saved.length === 0 ? (
        <p class="empty">None yet: add one here, or on the page of any account.</p>
      ) : (
        <>
          <ul id="followed" class="followed" aria-label="My accounts">
            {saved.map((wallet, slot) => (
              <Followed key={wallet.address} wallet={wallet} slot={slot} />
            ))}
          </ul>
          <Nearest />
        </>
      )}
    </div>
  );
}

function Followed({ wallet, slot }: { readonly wallet: SavedWallet; readonly slot: number }) {
  const page = usePage();
  const { wallets } = page;
  const { address } = wallet;
  const name = nameOf(wallet);
  const answer = wallets.answers.value.get(address);
  const typed = useTyped(wallet.name, (text) => wallets.change(address, { name: text.trim() }));
  return (
    <li data-address={address}>
      <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
        <rect width="10" height="10" fill={walletColour(page.theme.value, slot)} />
      </svg>
      <input
        class="wallet-name"
        type="text"
        maxLength={40}
        aria-label={`Name of ${name}`}
        placeholder="name"
        {...typed}
      />
      <button
        type="button"
        class="plain-button wallet-open"
        title={address}
        aria-label={`Open ${name}`}
        onClick={() => openDeeper(page, { kind: "account", address, atMs: null })}
      >
        <code>{`${address.slice(0, 6)}…${address.slice(-4)}`}</code>
      </button>
      <label class="switch">
        <input
          type="checkbox"
          aria-label={`${name} on the map`}
          checked={wallet.isShown}
          onChange={(event) => wallets.change(address, { isShown: event.currentTarget.checked })}
        />
        map
      </label>
      <button
        type="button"
        class="plain-button wallet-remove"
        aria-label={`Remove ${name}`}
        onClick={() => wallets.remove(address)}
      >
        ×
      </button>
      {typeof answer === "string" ? <p class="muted">{answer}</p> : null}
    </li>
  );
}

function Nearest() {
  const { wallets } = usePage();
  const saved = wallets.saved.value;
  const answers = wallets.answers.value;
  const holdings = nearestFirst(saved, answers);
  const waiting = saved.filter((each) => each.isShown && !answers.has(each.address)).length;
  return (
    <section aria-labelledby="nearest-head">
      <h3 id="nearest-head">Nearest liquidation first, all coins</h3>
      {waiting > 0 ? <p class="muted">loading</p> : null}
      {holdings.length === 0 && waiting === 0 ? <p class="empty">No positions, or none is on the map.</p> : null}
      <div id="nearest" class="nearest">
        {holdings.map((holding) => (
          <NearRow key={`${holding.wallet.address} ${holding.coin} ${holding.side}`} holding={holding} />
        ))}
      </div>
    </section>
  );
}
