/** How a read replica follows its collector, as names and what they are: the panel of sources has no other figures of one. */

import type { ReplicaAnswer, SourcesAnswer } from "../api/sources";
import { formatBytes } from "../format/bytes";
import { formatAge, formatDelay } from "../format/time";
import { count, type Row } from "./source_rows";

const STATES: Readonly<Record<ReplicaAnswer["state"], string>> = {
  following: "follows its collector",
  catching_up: "files are still to come",
  silent: "the collector says nothing",
  unconnected: "the NATS server is not reached",
};

export function replicaRows(answer: SourcesAnswer, replica: ReplicaAnswer): Row[] {
  return [
    ["state", `${answer.state}, ${STATES[replica.state]}`],
    ["map shown here is behind the collector's by", formatDelay(replica.lag_ms)],
    ["stored history is behind by", formatDelay(replica.stored_lag_ms)],
    ["collector heard", replica.silent_ms === null ? "never" : `${formatAge(replica.silent_ms)} ago`],
    ["newest frame was on its way for", `${formatDelay(replica.transit_ms)}, by two clocks`],
    ["live frames taken", `${count(replica.frames)}, ${count(replica.keyframes)} of them whole`],
    ["files still to come", `${count(replica.files_to_fetch)}, ${formatBytes(replica.bytes_to_fetch)}`],
    ["received", `${formatBytes(replica.received_bytes)} over ${count(replica.connections)} connections`],
    ["messages that could not be read", count(replica.unreadable)],
  ];
}
