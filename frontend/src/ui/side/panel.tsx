/** A panel of the side: drawn while its tab is chosen; closed, it costs nothing and keeps what it showed. */

import type { ComponentChildren, VNode } from "preact";
import { useRef } from "preact/hooks";
import type { PanelName } from "../../state/page_state";
import { usePage } from "../use_page";

interface PanelProps {
  readonly name: PanelName;
  /** Further classes beside `panel`. */
  readonly class?: string;
  /** What stands in it. Called while it is open, and drawn again when a signal that it reads changes. */
  readonly draw: () => ComponentChildren;
}

export function Panel({ name, class: look, draw }: PanelProps): VNode {
  const isOpen = usePage().panel.value === name;
  const kept = useRef<ComponentChildren>(null);
  // The same nodes again: nothing in them is compared while the panel is closed.
  if (isOpen) kept.current = draw();
  return (
    <div
      id={`panel-${name}`}
      class={look === undefined ? "panel" : `panel ${look}`}
      role="tabpanel"
      // What scrolls is reached by Tab, so that keys scroll it.
      tabIndex={0}
      aria-labelledby={`tab-${name}`}
      hidden={!isOpen}
    >
      {kept.current}
    </div>
  );
}
