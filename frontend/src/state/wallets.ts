/** Accounts that a reader follows. Their addresses stay in this browser: they are sent in questions about them alone. */

import { batch, signal } from "@preact/signals";
import type { AccountHistoryAnswer } from "../api/schema";
import { isAddress } from "../format/address";
import type { SavedWallet, WalletAnswers } from "../model/wallet_lines";
import { keep, keptKey, readKept } from "./kept";

const NAME = "wallets";
export const MAX_WALLETS = 20;
const MAX_NAME = 40;

export class Wallets {
  readonly saved = signal<readonly SavedWallet[]>(loadWallets());
  /** Of those that are shown. */
  readonly answers = signal<WalletAnswers>(new Map());
  /** Counts when what is asked about accounts is to be asked again. */
  readonly beat = signal(0);
  /** The level through time of the account that is looked at, on the map. */
  readonly isHistoryShown = signal(true);
  /** The answer, or why there is none. */
  readonly history = signal<AccountHistoryAnswer | string | null>(null);
  /** The drawer is wider than the side. */
  readonly isWide = signal(false);

  constructor() {
    // Another tab of this browser changed them.
    window.addEventListener("storage", (event) => {
      if (event.key === keptKey(NAME)) this.saved.value = loadWallets();
    });
  }

  has(address: string): boolean {
    return this.saved.value.some((each) => each.address === address);
  }

  /** Null, or the sentence that says why not. */
  add(address: string): string | null {
    if (this.has(address)) return null;
    if (this.saved.value.length >= MAX_WALLETS) return `At most ${MAX_WALLETS} accounts: remove one first.`;
    this.keep([...this.saved.value, { address, name: "", isShown: true }]);
    return null;
  }

  remove(address: string): void {
    batch(() => {
      this.keep(this.saved.value.filter((each) => each.address !== address));
      this.answers.value = new Map([...this.answers.value].filter(([each]) => each !== address));
    });
  }

  change(address: string, part: Partial<Pick<SavedWallet, "name" | "isShown">>): void {
    this.keep(this.saved.value.map((each) => (each.address === address ? tidy({ ...each, ...part }) : each)));
  }

  private keep(saved: readonly SavedWallet[]): void {
    this.saved.value = saved;
    keep(NAME, saved);
  }
}

const tidy = (wallet: SavedWallet): SavedWallet => ({ ...wallet, name: wallet.name.slice(0, MAX_NAME) });

/** Whatever of it can be read. */
function loadWallets(): readonly SavedWallet[] {
  const saved = readKept(NAME);
  if (!Array.isArray(saved)) return [];
  const wallets = new Map<string, SavedWallet>();
  for (const each of saved as readonly (Partial<SavedWallet> | null)[]) {
    const { address, name, isShown } = each ?? {};
    if (typeof address !== "string" || !isAddress(address)) continue;
    wallets.set(address, tidy({ address, name: typeof name === "string" ? name : "", isShown: isShown !== false }));
  }
  return [...wallets.values()].slice(0, MAX_WALLETS);
}
