/** How this browser says that an alert fired: asked for by a click, and kept here. */

import { useSignal } from "@preact/signals";
import { usePage } from "../use_page";
import { beep, canNotify } from "./aloud";
import { Check } from "./check";

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
        <Check id="alerts-notify" name="notify" isOn={isOn} set={() => void toggle()} />
        <Check
          id="alerts-sound"
          name="sound"
          isOn={hasSound}
          set={(isWanted) => {
            alerts.change({ hasSound: isWanted });
            if (isWanted) void beep();
          }}
        />
      </div>
      {problem.value === null ? null : (
        <p class="wrong" role="status">
          {problem.value}
        </p>
      )}
    </section>
  );
}
