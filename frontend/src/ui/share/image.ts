/** The map as an image: saved as a file, or copied. */

import type { PageState } from "../../state/page_state";
import { say } from "../../state/share";
import { saveFile } from "../save_file";

/** The code that draws it is loaded when it is first asked for. */
const make = async (page: PageState) => (await import("../../later")).mapImage(page);

export async function saveImage(page: PageState): Promise<void> {
  if (page.isEmbedded.peek()) return;
  try {
    const { name, blob } = await make(page);
    saveFile(name, blob);
    say(page, "image", "image saved");
  } catch (error) {
    console.warn(error);
    say(page, "image", reasonOf(error));
  }
}

export async function copyImage(page: PageState): Promise<void> {
  // Older browsers, and pages over plain http.
  if (navigator.clipboard === undefined || typeof ClipboardItem === "undefined") {
    say(page, "copy", "this browser copies no image here: save it instead");
    return;
  }
  try {
    // A promise: Safari wants to be asked at once, while the click lasts.
    await navigator.clipboard.write([new ClipboardItem({ "image/png": make(page).then(({ blob }) => blob) })]);
    say(page, "copy", "image copied");
  } catch (error) {
    console.warn(error);
    const isRefused = error instanceof DOMException && error.name === "NotAllowedError";
    say(page, "copy", isRefused ? "the browser did not allow it: save it instead" : reasonOf(error));
  }
}

const reasonOf = (error: unknown): string => `no image: ${error instanceof Error ? error.message : "it failed"}`;
