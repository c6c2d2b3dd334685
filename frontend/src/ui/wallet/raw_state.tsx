/** The state of the account as it was received, its time and source, or what the map stores instead. */

import { useSignal } from "@preact/signals";
import { fetchAccountState } from "../../api/client";
import type { AccountStateAnswer } from "../../api/schema";
import { formatBytes } from "../../format/bytes";
import { formatTime } from "../../format/time";
import { useAnswer, usePage } from "../use_page";
import { CopyButton } from "./copy_button";

interface RawStateProps {
  readonly address: string;
  readonly atMs: number | null;
}

/** Asked when it is opened: a live map looks through its log for it. */
export function RawState({ address, atMs }: RawStateProps) {
  const isOpen = useSignal(false);
  return (
    <details
      id="raw-state"
      class="raw-state"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>Raw state, its time and source</summary>
      {isOpen.value && <Loaded address={address} atMs={atMs} />}
    </details>
  );
}

function Loaded({ address, atMs }: RawStateProps) {
  const page = usePage();
  const at = atMs ?? page.at.value;
  const { answer, problem } = useAnswer(`${at}`, (signal) => fetchAccountState(address, at ?? undefined, signal));
  if (problem !== null) {
    return (
      <p class="empty" role="alert">
        {problem}
      </p>
    );
  }
  if (answer === null) return <p class="empty">loading</p>;
  return (
    <>
      {answer.explorer_url === null ? null : (
        <p>
          <a href={answer.explorer_url} rel="noopener noreferrer" target="_blank">
            this account on the exchange's explorer
          </a>
        </p>
      )}
      <p class="muted">{`Searched: ${answer.searched}.`}</p>
      {answer.note === null ? null : <p class="muted">{answer.note}</p>}
      {answer.states.map((state) => (
        <Text
          key={`${state.kind} ${state.dex} ${state.received_ms}`}
          title={[
            `${state.kind}${state.dex === "" ? "" : ` of ${state.dex}`} from ${state.source}`,
            `received ${formatTime(state.received_ms)}`,
            state.venue_ms === null ? "tells no time of its own" : `of ${formatTime(state.venue_ms)}`,
            ...(state.block === null ? [] : [`block ${state.block}`]),
            formatBytes(state.byte_count),
          ].join(", ")}
          text={state.text}
        />
      ))}
      {answer.is_kept ? null : <Stored answer={answer} />}
    </>
  );
}

/** What the map keeps of it: never as received. */
function Stored({ answer }: { readonly answer: AccountStateAnswer }) {
  const title = `What this map stores of it, as of ${formatTime(answer.as_of_ms)}`;
  return <Text title={title} text={JSON.stringify(answer.stored, null, 2)} />;
}

function Text({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <figure class="raw">
      <figcaption>
        {title} <CopyButton text={text} what={title} />
      </figcaption>
      <pre tabIndex={0} aria-label={title} role="region">
        {text}
      </pre>
    </figure>
  );
}
