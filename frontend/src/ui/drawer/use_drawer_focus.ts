/** Where the focus goes: into the drawer with each view that opens, and back to what opened it. */

import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { DrawerView } from "../../state/drawer_view";

export function useDrawerFocus(
  box: RefObject<HTMLElement | null>,
  close: RefObject<HTMLElement | null>,
  views: readonly DrawerView[],
): void {
  /** What had the focus when the view of this depth opened. */
  const openers = useRef<(Element | null)[]>([]);
  const depth = views.length;
  useLayoutEffect(() => {
    const known = openers.current;
    const before = document.activeElement;
    const opener = known[depth];
    const isBack = depth < known.length;
    while (known.length < depth) known.push(before);
    known.length = depth;
    if (isBack && opener instanceof HTMLElement && opener.isConnected) {
      // Who closes from elsewhere, with a key or by another coin, keeps the focus there.
      if (before === document.body || box.current?.contains(before) === true)
        opener.focus({ preventScroll: depth > 0 });
      return;
    }
    if (depth > 0) close.current?.focus({ preventScroll: true });
  }, [views.at(-1)]);
}
