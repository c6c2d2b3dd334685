/** The panel "What if": a target price, a run on the server with its progress, and what came of it. All simulated. */

import { useLayoutEffect, useMemo } from "preact/hooks";
import { usePage } from "../use_page";
import { Form } from "./form";
import { Result } from "./result";
import { Run } from "./run";

/** It runs on while another panel is open. */
export function WhatIfPanel() {
  const page = usePage();
  const { whatIf } = page;
  const run = useMemo(() => new Run(whatIf), []);
  const coin = page.coin.value;
  // Another coin empties the target; a result stays until the next run.
  useLayoutEffect(
    () => () => {
      whatIf.price.value = "";
      whatIf.isOnMap.value = false;
      run.stop();
    },
    [coin],
  );
  return (
    <div
      id="panel-what-if"
      class="panel"
      role="tabpanel"
      aria-labelledby="tab-what-if"
      hidden={page.panel.value !== "what-if"}
    >
      <Form run={run} />
      <State run={run} />
      <div class="what-if-result">
        {run.result.value !== null && (
          <Result cascade={run.result.value} ensemble={whatIf.ensemble.value} beside={run.beside.value} />
        )}
      </div>
    </div>
  );
}

function State({ run }: { readonly run: Run }) {
  const { text, isError } = run.told.value;
  return (
    <p class={isError ? "what-if-state wrong" : "what-if-state"} role="status">
      {text}
    </p>
  );
}
