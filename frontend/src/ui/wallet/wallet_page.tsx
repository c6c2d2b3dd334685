/** The page of one account: one sentence first, then its pools and positions, its level on the map, its raw state. */

import { fetchAccount } from "../../api/client";
import type { AccountAnswer } from "../../api/schema";
import { formatTime } from "../../format/time";
import { usdFull } from "../../format/usd";
import { accountSentence } from "../../model/account_text";
import { accountCsv } from "../../model/csv_tables";
import { openWallet } from "../../state/actions";
import type { DrawerView } from "../../state/drawer_view";
import { AlertWhen } from "../alerts/alert_when";
import { CsvButton } from "../csv";
import { useAnswer, usePage } from "../use_page";
import { CopyButton } from "./copy_button";
import { HistorySwitch } from "./history_switch";
import { PoolPart } from "./pool";
import { QueuePlaces } from "./queue_places";
import { RawState } from "./raw_state";

type AccountView = Extract<DrawerView, { kind: "account" }>;

export function WalletPage({ view }: { readonly view: AccountView }) {
  const page = usePage();
  const { address } = view;
  const atMs = view.atMs ?? page.at.value;
  // As it is now: asked again with the figures. As it was: once.
  const key = atMs === null ? `now ${page.wallets.beat.value}` : `at ${atMs}`;
  const { answer, problem } = useAnswer(key, (signal) => fetchAccount(address, atMs ?? undefined, signal));
  return (
    <div class="wallet">
      <Head view={view} />
      {problem === null ? null : (
        <p class="empty" role="alert">
          {problem}
        </p>
      )}
      {answer === null ? problem === null && <p class="empty">loading</p> : <Holdings view={view} answer={answer} />}
    </div>
  );
}

function Head({ view }: { readonly view: AccountView }) {
  const { wallets } = usePage();
  const { address } = view;
  const isFollowed = wallets.has(address);
  return (
    <>
      <code class="address">{address}</code>
      <p class="ways">
        <CopyButton text={address} what="the address" />
        <button
          id="follow"
          type="button"
          class="plain-button"
          aria-pressed={isFollowed}
          onClick={() => (isFollowed ? wallets.remove(address) : wallets.add(address))}
        >
          {isFollowed ? "in my accounts: remove" : "add to my accounts"}
        </button>
        <AlertWhen id="account-alert" subject={{ kind: "account", address }} />
      </p>
    </>
  );
}

function Holdings({ view, answer }: { readonly view: AccountView; readonly answer: AccountAnswer }) {
  const page = usePage();
  const left = answer.isolated_margin_left ?? null;
  return (
    <>
      <p>
        <b>{accountSentence(answer)}</b>
      </p>
      <p class="muted">
        {`as of ${formatTime(answer.as_of_ms)}`}
        {view.atMs === null ? null : (
          <>
            {", the time of the list "}
            <button type="button" class="plain-button" onClick={() => openWallet(page, view.address)}>
              show it as it is now
            </button>
          </>
        )}
      </p>
      <p class="save-row">
        <CsvButton what="this account" make={async () => accountCsv(answer)} />
      </p>
      <HistorySwitch address={view.address} />
      {answer.pools.map((pool, index) => (
        <PoolPart key={`${index} ${pool.margin_mode}`} pool={pool} />
      ))}
      {left === null ? null : <p class="muted">{`isolated margin without a position: ${usdFull(left)}`}</p>}
      <QueuePlaces address={view.address} atMs={view.atMs ?? page.at.value} />
      <RawState address={view.address} atMs={view.atMs} />
    </>
  );
}
