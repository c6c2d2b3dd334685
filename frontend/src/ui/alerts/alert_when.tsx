/** The button that begins an alert about what stands beside it. */

import type { AlertSubject } from "../../model/alert_rules";
import { beginAlert } from "../../state/alert_actions";
import { usePage } from "../use_page";

interface AlertWhenProps {
  readonly id: string;
  readonly subject: AlertSubject;
}

export function AlertWhen({ id, subject }: AlertWhenProps) {
  const page = usePage();
  return (
    <button
      id={id}
      type="button"
      class="plain-button"
      title="Alert when … (k)"
      onClick={(event) => beginAlert(page, subject, event.currentTarget.getBoundingClientRect())}
    >
      alert when …
    </button>
  );
}
