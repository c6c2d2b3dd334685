/** Parts of the page that are loaded when they are first shown: most visits open few of them. */

import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { PageState, PanelName } from "../state/page_state";
import { usePage } from "./use_page";

/**
 * A component that is there from its first need on, once its module is; a failed load is tried again by the next change.
 * `panel`: the panel that it is, so that its tab controls one while the module is on its way.
 */
export function lazy<Properties extends object = object>(
  isNeeded: (page: PageState) => boolean,
  load: () => Promise<ComponentType<Properties>>,
  panel: PanelName | null = null,
): ComponentType<Properties> {
  const loaded = signal<ComponentType<Properties> | null>(null);
  let isAsked = false;
  return function Lazy(properties: Properties) {
    const isDue = isNeeded(usePage());
    if (isDue && !isAsked) {
      isAsked = true;
      load().then(
        (component) => {
          loaded.value = component;
        },
        (error: unknown) => {
          isAsked = false;
          console.error(error);
        },
      );
    }
    const Component = loaded.value;
    if (Component !== null) return <Component {...properties} />;
    return panel === null || !isDue ? null : <Waiting panel={panel} />;
  };
}

function Waiting({ panel }: { readonly panel: PanelName }) {
  return (
    <div id={`panel-${panel}`} class="panel" role="tabpanel" aria-labelledby={`tab-${panel}`}>
      <p class="empty">loading</p>
    </div>
  );
}
