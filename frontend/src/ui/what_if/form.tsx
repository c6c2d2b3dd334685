/** What is asked: where price goes, how prices are made, what the other coins do. */

import { type Signal, untracked, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { fetchOnTheWay, type TriggersAnswer } from "../../api/triggers";
import { MODES, SHOCKS } from "../../model/what_if";
import { steppedPrice } from "../../model/what_if_map";
import { RUNS } from "../../model/what_if_runs";
import { toggleWhatIf } from "../../state/what_if";
import { useCoinAnswer } from "../use_coin_answer";
import { usePage } from "../use_page";
import { OnTheWay } from "./on_the_way";
import type { Run } from "./run";
import { StopsSwitch } from "./stops_switch";

const STEPS = [-20, -10, -5, 5, 10, 20];
const MINUTES = 60;
/** A shock whose prices are given: it takes no target. */
const PRESET = "october-2025";

interface FormProps {
  readonly run: Run;
}

export function Form({ run }: FormProps) {
  const page = usePage();
  const { whatIf } = page;
  const { price } = whatIf;
  const mode = useSignal(Object.keys(MODES)[0] ?? "");
  const shock = useSignal(Object.keys(SHOCKS)[0] ?? "");
  const runs = useSignal(Object.keys(RUNS)[0] ?? "");
  const isWithStops = useSignal(false);
  const { answer: triggers, problem } = useTriggers(page.coin.value);
  const canTakeStops = triggers?.has_triggers === true;
  const input = useRef<HTMLInputElement>(null);
  const isPreset = shock.value === PRESET;

  const simulate = (): void => {
    const coin = page.coin.peek();
    if (coin === null) return;
    const at = page.at.peek();
    const asked = {
      coin,
      mode: mode.peek(),
      shock: shock.peek(),
      minutes: MINUTES,
      paths: Number(runs.peek()),
      stops: canTakeStops && isWithStops.peek(),
    };
    const question = at === null ? asked : { ...asked, at };
    if (shock.peek() === PRESET) {
      void run.start(question);
      return;
    }
    const target = untracked(() => whatIf.typedPrice);
    if (target !== null) void run.start({ ...question, target_price: target });
    else {
      run.tell("Give a price in USD.", true);
      input.current?.focus();
    }
  };
  const setStep = (step: number): void => {
    const mark = page.mark.peek();
    if (mark !== null) whatIf.setPrice(steppedPrice(mark, step / 100));
  };

  const asked = whatIf.runAsked.value;
  useEffect(() => {
    if (asked > 0) simulate();
  }, [asked]);

  return (
    <form
      class="what-if"
      onSubmit={(event) => {
        event.preventDefault();
        if (run.isRunning.peek()) run.stop();
        else simulate();
      }}
    >
      <p>
        <span class="badge simulated">SIMULATED</span> What is closed by force if price gets there?
      </p>
      <label>
        <span class="muted">{`${page.coin.value ?? "coin"} goes to`}</span>
        <input
          ref={input}
          id="what-if-price"
          type="text"
          inputmode="decimal"
          autocomplete="off"
          placeholder={isPreset ? "as published" : "USD"}
          disabled={isPreset}
          value={price.value}
          onInput={(event) => {
            price.value = event.currentTarget.value;
          }}
        />
      </label>
      <div class="group small steps" role="group" aria-label="Price, from now">
        {STEPS.map((step) => (
          <button key={step} type="button" disabled={isPreset} onClick={() => setStep(step)}>
            {`${step > 0 ? "+" : "−"}${Math.abs(step)} %`}
          </button>
        ))}
      </div>
      <button
        id="what-if-on-map"
        type="button"
        class="link"
        aria-pressed={whatIf.isOnMap.value}
        onClick={() => toggleWhatIf(page)}
      >
        {whatIf.isOnMap.value ? "take it off the map" : "set the price on the map"}
      </button>
      <Choice label="who takes the orders" id="what-if-mode" names={MODES} value={mode} />
      <Choice label="the other coins" id="what-if-shock" names={SHOCKS} value={shock} />
      <Choice label="runs" id="what-if-runs" names={RUNS} value={runs} />
      <StopsSwitch answer={triggers} problem={problem} isOn={isWithStops} />
      <button type="submit" class="run">
        {run.isRunning.value ? "Stop" : "Simulate"}
      </button>
      <progress
        max={1}
        value={run.share.value}
        aria-label="Part of the simulation done"
        hidden={!run.isRunning.value}
      />
      <OnTheWay answer={triggers} price={isPreset ? null : whatIf.typedPrice} />
    </form>
  );
}

/** The one before stays while it is asked again: what is asked as the panel opens goes by the switch as it was left. */
function useTriggers(coin: string | null): { readonly answer: TriggersAnswer | null; readonly problem: string | null } {
  const { answer, problem } = useCoinAnswer("what-if", fetchOnTheWay);
  const before = useRef<TriggersAnswer | null>(null);
  if (answer !== null || problem !== null) before.current = answer;
  return { answer: before.current?.coin === coin ? before.current : null, problem };
}

interface ChoiceProps {
  readonly label: string;
  readonly id: string;
  readonly names: Readonly<Record<string, string>>;
  readonly value: Signal<string>;
}

function Choice({ label, id, names, value }: ChoiceProps) {
  return (
    <label>
      <span class="muted">{label}</span>
      <select
        id={id}
        value={value.value}
        onChange={(event) => {
          value.value = event.currentTarget.value;
        }}
      >
        {Object.entries(names).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
