/** Opens my accounts, from the top line. */

import { toggleView } from "../../state/wallet_actions";
import { usePage } from "../use_page";

export function AccountsButton() {
  const page = usePage();
  const isOpen = page.drawer.value.some((view) => view.kind === "accounts");
  return (
    <button
      id="my-accounts"
      type="button"
      aria-pressed={isOpen}
      title="My accounts (a)"
      onClick={() => toggleView(page, "accounts")}
    >
      Accounts
    </button>
  );
}
