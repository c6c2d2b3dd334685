/** Keys of the whole page. Fields that take text keep theirs. */

export interface KeyActions {
  readonly search: () => void;
  readonly range: (index: number) => void;
  readonly pan: (timeShare: number, priceShare: number) => void;
  readonly zoom: (factor: number) => void;
  readonly reset: () => void;
  readonly nextMode: () => void;
  readonly nextLevels: () => void;
  readonly nextHeld: () => void;
  readonly panel: (name: "liquidations" | "sources") => void;
  readonly theme: () => void;
  readonly help: () => void;
  readonly close: () => void;
}

const STEP = 0.12;
const ZOOM = 0.8;

export function listenToKeys(actions: KeyActions): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      actions.close();
      return;
    }
    const target = event.target as HTMLElement;
    if (target.matches("input, select, textarea") || target.closest("dialog") !== null) return;
    const act = actionOf(event.key, actions);
    if (act === null) return;
    // Arrows scroll lists that have the focus.
    if (event.key.startsWith("Arrow") && target.closest(".side") !== null) return;
    event.preventDefault();
    act();
  });
}

function actionOf(key: string, actions: KeyActions): (() => void) | null {
  if (key >= "1" && key <= "6" && key.length === 1) return () => actions.range(Number(key) - 1);
  switch (key) {
    case "/":
      return actions.search;
    case "ArrowLeft":
      return () => actions.pan(-STEP, 0);
    case "ArrowRight":
      return () => actions.pan(STEP, 0);
    case "ArrowUp":
      return () => actions.pan(0, STEP);
    case "ArrowDown":
      return () => actions.pan(0, -STEP);
    case "+":
    case "=":
      return () => actions.zoom(ZOOM);
    case "-":
      return () => actions.zoom(1 / ZOOM);
    case "0":
      return actions.reset;
    case "s":
      return actions.nextMode;
    case "j":
      return actions.nextLevels;
    case "h":
      return actions.nextHeld;
    case "l":
      return () => actions.panel("liquidations");
    case "d":
      return () => actions.panel("sources");
    case "t":
      return actions.theme;
    case "?":
      return actions.help;
    default:
      return null;
  }
}
