/** Giving the map away: a link that shows the same, and the whole screen. */

import { useSignal } from "@preact/signals";
import { linkOf, toggleFull } from "../../state/share";
import { usePage } from "../use_page";

/** The button says that it is done for so long, ms. */
const SAID_MS = 2_500;

export function ShareTools() {
  const page = usePage();
  const said = useSignal("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(linkOf(page));
      said.value = "link copied";
    } catch {
      said.value = "copy it from the address line";
    }
    setTimeout(() => {
      said.value = "";
    }, SAID_MS);
  };
  return (
    <>
      <button id="share-link" type="button" title="Copy a link that shows this view" onClick={() => void copy()}>
        {said.value === "" ? "copy link" : said.value}
      </button>
      <span class="unseen" role="status">
        {said.value}
      </span>
      <button
        id="share-full"
        type="button"
        aria-pressed={page.isFull.value}
        title="The map on the whole screen (f)"
        onClick={() => toggleFull(page)}
      >
        full screen
      </button>
    </>
  );
}
