/** The way to the guide: words for who comes first, a short button for who closed it before. */

import { usePage } from "../use_page";

export function Invitation() {
  const { guide } = usePage();
  return (
    <button
      id="guide-open"
      type="button"
      class={guide.isNew.value ? "invites" : undefined}
      aria-pressed={guide.step.value !== null}
      title="How to read this map (g)"
      onClick={() => guide.toggle()}
    >
      {guide.isNew.value ? "How to read this map" : "Guide"}
    </button>
  );
}
