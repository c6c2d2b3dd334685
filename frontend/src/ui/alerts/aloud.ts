/** How an alert is said in this browser: a notification, and a sound. Both are off until a reader switches them on. */

import type { Alert } from "../../api/alerts";
import { showAlert } from "../../state/alert_actions";
import type { PageState } from "../../state/page_state";

/** More at once are one notification. */
const MAX_NOTIFICATIONS = 3;
const TONES_HZ = [660, 880];
const TONE_S = 0.14;
const LOUDNESS = 0.15;

export function sayAloud(page: PageState, fired: readonly Alert[]): void {
  const { isNotifying, hasSound } = page.alerts.settings.peek();
  if (isNotifying && canNotify()) notify(page, fired);
  if (hasSound && fired.some((each) => each.has_sound)) void beep();
}

export const canNotify = (): boolean => "Notification" in window && Notification.permission === "granted";

function notify(page: PageState, fired: readonly Alert[]): void {
  for (const alert of fired.slice(0, MAX_NOTIFICATIONS)) {
    // Some phones let only workers notify: the alert is in the list all the same.
    try {
      const shown = new Notification(alert.title, { body: alert.text, tag: alert.alert_id });
      shown.addEventListener("click", () => {
        window.focus();
        showAlert(page, alert);
      });
    } catch (error) {
      console.warn(error);
      return;
    }
  }
  const more = fired.length - MAX_NOTIFICATIONS;
  if (more > 0) new Notification(`${more} more alerts`, { tag: "liqscape-more" });
}

/** Two short tones; a browser without sound stays silent. */
export async function beep(): Promise<void> {
  if (!("AudioContext" in window)) return;
  const audio = new AudioContext();
  const gain = audio.createGain();
  gain.gain.value = LOUDNESS;
  gain.connect(audio.destination);
  const startS = audio.currentTime;
  TONES_HZ.forEach((hertz, place) => {
    const tone = audio.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(gain);
    tone.start(startS + place * TONE_S);
    tone.stop(startS + (place + 1) * TONE_S);
    if (place === TONES_HZ.length - 1) tone.addEventListener("ended", () => void audio.close());
  });
}
