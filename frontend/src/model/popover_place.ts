/** Where a box stands beside another: below it, above where there is no room, inside the screen in any case. */

/** Where it stands beside, CSS pixels of the screen. */
export interface Anchor {
  readonly left: number;
  readonly top: number;
  readonly bottom: number;
}

interface BoxSize {
  readonly width: number;
  readonly height: number;
}

const GAP = 6;
const EDGE = 8;

/** Corner of `box` beside `anchor`, CSS pixels of the screen. */
export function besideOf(
  anchor: Anchor,
  box: BoxSize,
  screenWidth: number,
  screenHeight: number,
): { readonly left: number; readonly top: number } {
  const within = (value: number, size: number, screen: number): number =>
    Math.max(Math.min(value, screen - size - EDGE), EDGE);
  const below = anchor.bottom + GAP;
  const isRoomBelow = below + box.height + EDGE <= screenHeight;
  const top = isRoomBelow ? below : anchor.top - GAP - box.height;
  return {
    left: Math.round(within(anchor.left, box.width, screenWidth)),
    top: Math.round(within(top, box.height, screenHeight)),
  };
}
