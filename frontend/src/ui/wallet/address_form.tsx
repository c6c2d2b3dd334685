/** A field that takes a pasted address or an explorer link: to open its page, or to follow it. */

import { useSignal } from "@preact/signals";
import { readAddress } from "../../model/address_input";
import { openDeeper } from "../../state/actions";
import { usePage } from "../use_page";

export function AddressForm() {
  const page = usePage();
  const text = useSignal("");
  const problem = useSignal<string | null>(null);
  const use = (act: (address: string) => string | null): void => {
    const read = readAddress(text.value);
    problem.value = "problem" in read ? read.problem : act(read.address);
    if (problem.value === null) text.value = "";
  };
  return (
    <form
      id="address-form"
      class="address-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        use((address) => {
          openDeeper(page, { kind: "account", address, atMs: null });
          return null;
        });
      }}
    >
      <label for="address-input">Address, or a link of an explorer</label>
      <input
        id="address-input"
        type="text"
        autocomplete="off"
        spellcheck={false}
        placeholder="0x…"
        value={text.value}
        aria-invalid={problem.value !== null}
        aria-describedby="address-problem"
        onInput={(event) => {
          text.value = event.currentTarget.value;
          problem.value = null;
        }}
      />
      <button type="submit" class="plain-button">
        open
      </button>
      <button
        id="address-follow"
        type="button"
        class="plain-button"
        onClick={() => use((address) => page.wallets.add(address))}
      >
        add to my accounts
      </button>
      <p id="address-problem" class="wrong" role="alert">
        {problem.value}
      </p>
    </form>
  );
}
