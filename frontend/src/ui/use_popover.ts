/** Boxes over everything, beside what they are about: the meaning of a word, the form of an alert. */

import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { type Anchor, besideOf } from "../model/popover_place";

/** Shows `box` while it is there, beside `anchorOf` also as it grows; `leave` hears of presses outside. Begun again with `about`. */
export function usePopover(
  box: RefObject<HTMLElement | null>,
  about: object,
  anchorOf: () => Anchor,
  leave: (target: Node) => void,
): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    if (!element.matches(":popover-open")) element.showPopover();
    const stand = (): void => {
      const place = besideOf(anchorOf(), element.getBoundingClientRect(), innerWidth, innerHeight);
      element.style.left = `${place.left}px`;
      element.style.top = `${place.top}px`;
    };
    stand();
    const observer = new ResizeObserver(stand);
    observer.observe(element);
    const press = (event: Event): void => {
      const target = event.target as Node;
      if (!element.contains(target)) leave(target);
    };
    document.addEventListener("pointerdown", press, { capture: true });
    return () => {
      observer.disconnect();
      document.removeEventListener("pointerdown", press, { capture: true });
    };
  }, [about]);
}
