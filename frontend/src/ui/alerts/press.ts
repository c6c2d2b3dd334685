/**
 * Where an alert begins: a right click, a long press of a finger or the menu key on a level of the map, a cluster, an
 * account or an own line. Elsewhere the browser's own menu stays. What it is about is loaded when it is first needed.
 */

import type { PageState } from "../../state/page_state";

/** A finger that rests so long means more than a tap. */
const PRESS_MS = 600;
/** CSS pixels that it may move meanwhile. */
const STILL_PX = 10;
export const ROWS = "button[data-cluster], [data-address], [data-line]";
const BEGINS = `${ROWS}, #chart`;
/** Fingers drag these. */
const DRAGGED = ".grip, .trade-handle";

/** By its key. */
export const alertHere = async (page: PageState): Promise<void> => (await import("../../later")).beginAlertHere(page);

export function listenToPresses(page: PageState): void {
  let timer = 0;
  let from: PointerEvent | null = null;
  let wasPressed = false;
  const begin = async (target: Element, place: PointerEvent | MouseEvent | null): Promise<void> => {
    const at = place === null ? null : { x: place.clientX, y: place.clientY };
    if (page.alerts.draft.peek() === null) (await import("../../later")).begin(page, target, at);
  };
  const leave = (): void => clearTimeout(timer);
  const listen = (name: string, heard: (event: PointerEvent) => void): void =>
    document.addEventListener(name, heard as (event: Event) => void, { capture: true });
  const targetOf = ({ target }: Event): Element | null =>
    target instanceof Element && target.closest(BEGINS) !== null && !page.isEmbedded.peek() ? target : null;
  listen("contextmenu", (event) => {
    const target = targetOf(event);
    if (target === null) return;
    event.preventDefault();
    // The menu key has no place of its own.
    if (!wasPressed) void begin(target, event.button === 2 || event.pointerType === "touch" ? event : null);
  });
  listen("pointerdown", (event) => {
    leave();
    wasPressed = false;
    const target = targetOf(event);
    if (event.pointerType !== "touch" || !event.isPrimary || target === null || target.closest(DRAGGED)) return;
    from = event;
    timer = window.setTimeout(() => {
      wasPressed = true;
      void begin(target, event);
    }, PRESS_MS);
  });
  listen("pointermove", (event) => {
    if (from !== null && Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > STILL_PX) leave();
  });
  listen("pointerup", leave);
  listen("pointercancel", leave);
  // Letting go after a long press is no click.
  listen("click", (event) => {
    if (!wasPressed) return;
    wasPressed = false;
    event.preventDefault();
    event.stopPropagation();
  });
}
