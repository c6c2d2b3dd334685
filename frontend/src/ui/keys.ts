/** Keys of the whole page. Fields that take text keep theirs. */

import { RANGES } from "../model/time_range";
import {
  closeDrawer,
  nextHeld,
  nextLevels,
  nextMode,
  nextTheme,
  pan,
  setRange,
  showRange,
  toggleSides,
  toggleZone,
  zoom,
} from "../state/actions";
import { addLine, endMeasuring, toggleMeasuring } from "../state/measuring";
import type { PageState } from "../state/page_state";
import { stepMoment, togglePlay } from "../state/replay";
import { toggleFull } from "../state/share";
import { toggleTrade } from "../state/trade";
import { openTwin } from "../state/twin";
import { toggleView } from "../state/wallet_actions";
import { toggleWhatIf } from "../state/what_if";
import { alertHere } from "./alerts/press";
import { saveImage } from "./share/image";
import { goToPanel } from "./side/tabs";
import { COIN_INPUT } from "./top/coin_search";

const STEP = 0.12;
const ZOOM = 0.8;

export function listenToKeys(page: PageState): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (page.alerts.draft.peek() !== null) {
        page.alerts.end();
        return;
      }
      page.board.isWide.value = page.layersShown.isOpen.value = false;
      if (page.measuring.step.value === "off") closeDrawer(page);
      else endMeasuring(page);
      return;
    }
    const target = event.target as HTMLElement;
    if (target.matches("input, select, textarea") || target.closest("dialog") !== null) return;
    const act = actionOf(event.key, page);
    if (act === null) return;
    // Arrows scroll lists that have the focus.
    if (event.key.startsWith("Arrow") && target.closest(".side") !== null) return;
    event.preventDefault();
    act();
  });
}

function actionOf(key: string, page: PageState): (() => void) | null {
  if (key >= "1" && key <= "6" && key.length === 1) return () => setRange(page, RANGES[Number(key) - 1] ?? "all");
  switch (key) {
    case "/":
      return () => document.getElementById(COIN_INPUT)?.focus();
    case "ArrowLeft":
      return () => pan(page, -STEP, 0);
    case "ArrowRight":
      return () => pan(page, STEP, 0);
    case "ArrowUp":
      return () => pan(page, 0, STEP);
    case "ArrowDown":
      return () => pan(page, 0, -STEP);
    case "+":
    case "=":
      return () => zoom(page, ZOOM);
    case "-":
      return () => zoom(page, 1 / ZOOM);
    case "0":
      return () => showRange(page);
    case "s":
      return () => nextMode(page);
    case "j":
      return () => nextLevels(page);
    case "h":
      return () => nextHeld(page);
    case "c":
      return () => goToPanel(page, "clusters");
    case "l":
      return () => goToPanel(page, "liquidations");
    case "b":
      return () => openBoard(page);
    case "d":
      return () => goToPanel(page, "sources");
    case "g":
      return () => page.guide.toggle();
    case "w":
      return () => toggleWhatIf(page);
    case "e":
      return () => toggleTrade(page);
    case "t":
      return () => nextTheme(page);
    case "a":
      return () => toggleView(page, "accounts");
    case "r":
      return () => toggleView(page, "alerts");
    case "k":
      return () => void alertHere(page);
    case "m":
      return () => toggleMeasuring(page);
    case "n":
      return () => addLine(page);
    case "f":
      return () => toggleFull(page);
    case "i":
      return () => void saveImage(page);
    case "p":
      return () => togglePlay(page);
    case "[":
      return () => stepMoment(page, -1);
    case "]":
      return () => stepMoment(page, 1);
    case "u":
      return () => toggleZone(page);
    case "y":
      return () => page.layersShown.toggle();
    case "v":
      return () => toggleSides(page);
    case "x":
      return () => openTwin(page);
    case "?":
      return () => {
        page.isHelpOpen.value = true;
      };
    default:
      return null;
  }
}

/** The table of all coins; once it is open, all of its columns. */
function openBoard(page: PageState): void {
  page.board.isWide.value = page.panel.value === "coins" && !page.board.isWide.value;
  goToPanel(page, "coins");
}
