/** How this browser says that an alert fired: asked for by a click, and kept here. */

import { useSignal } from "@preact/signals";
import { usePage } from "../use_page";
import { beep, canNotify } from "./aloud";

export function InThisBrowser() {
  const { alerts } = usePage();
  const { isNotifying, hasSound } = alerts.settings.value;
  const problem = useSignal<string | null>(null);
  const isOn = isNotifying && canNotify();
  const toggle = async (): Promise<void> => {
    if (isOn) {
      alerts.change({ isNotifying: false });
      return;
    }
    if (!("Notification" in window)) {
      problem.value = "This browser shows no notifications of pages.";
      return;
    }
    const permission = await Notification.requestPermission();
    problem.value =
      permission === "granted"
        ? null
        : "This browser was told to show no notifications of this page: its settings can allow them.";
    alerts.change({ isNotifying: permission === "granted" });
  };
  return (
    <section aria-label="In this browser">
      <h3>In this browser</h3>
      <div class="alert-checks">
        <label class="alert-check">
          <input id="alerts-notify" type="checkbox" checked={isOn} onChange={() => void toggle()} />
          notify
        </label>
        <label class="alert-check">
          <input
            id="alerts-sound"
            type="checkbox"
            checked={hasSound}
            onChange={(event) => {
              alerts.change({ hasSound: event.currentTarget.checked });
              if (event.currentTarget.checked) void beep();
            }}
          />
          sound
        </label>
      </div>
      {problem.value === null ? null : (
        <p class="wrong" role="status">
          {problem.value}
        </p>
      )}
    </section>
  );
}
