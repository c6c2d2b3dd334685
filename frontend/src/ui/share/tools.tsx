/** Giving the map away: a link that shows the same, an image of it, and the whole screen. */

import type { PageState } from "../../state/page_state";
import { linkOf, type ShareSaid, say, toggleFull } from "../../state/share";
import { usePage } from "../use_page";
import { copyImage, saveImage } from "./image";

export function ShareTools() {
  const page = usePage();
  const said = page.shareSaid.value;
  const label = (what: ShareSaid["what"], name: string): string => (said?.what === what ? said.text : name);
  return (
    <>
      <button
        id="share-link"
        type="button"
        title="Copy a link that shows this view"
        onClick={() => void copyLink(page)}
      >
        {label("link", "copy link")}
      </button>
      <button id="share-image" type="button" title="Save the map as an image (i)" onClick={() => void saveImage(page)}>
        {label("image", "save image")}
      </button>
      <button
        id="share-copy"
        type="button"
        title="Copy the map as an image, to paste it elsewhere"
        onClick={() => void copyImage(page)}
      >
        {label("copy", "copy image")}
      </button>
      <span id="share-said" class="unseen" role="status">
        {said?.text ?? ""}
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

async function copyLink(page: PageState): Promise<void> {
  try {
    await navigator.clipboard.writeText(linkOf(page));
    say(page, "link", "link copied");
  } catch {
    say(page, "link", "copy it from the address line");
  }
}
