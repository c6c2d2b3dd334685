/** A simulation on the server: one at a time, with its progress, and what came of the last one. */

import { batch, type Signal, signal } from "@preact/signals";
import {
  type Cascade,
  type CascadePreparing,
  type CascadeProgress,
  type CascadeQuestion,
  simulate,
} from "../../api/cascade";
import { ApiError, isAbort } from "../../api/client";
import { usd } from "../../format/usd";
import { counterpart } from "../../model/what_if_stops";
import type { WhatIf } from "../../state/what_if";

const CLOCK_MS = 1_000;
/** Runs that are kept to stand beside a later one. */
const MAX_DONE = 8;

export class Run {
  readonly isRunning = signal(false);
  /** Part done, 0 to 1. */
  readonly share = signal(0);
  /** How it goes, in words. */
  readonly told = signal<{ readonly text: string; readonly isError: boolean }>({ text: "", isError: false });
  readonly result: Signal<Cascade | null>;
  /** The run of the same question with stops, where `result` is without, or the other way round; null: none was made. */
  readonly beside = signal<Cascade | null>(null);
  private readonly whatIf: WhatIf;
  /** Newest first. */
  private done: readonly Cascade[] = [];
  private request: AbortController | null = null;
  private compiled: CascadePreparing | null = null;
  private clock = 0;

  constructor(whatIf: WhatIf) {
    this.whatIf = whatIf;
    this.result = whatIf.result;
  }

  stop(): void {
    this.request?.abort();
  }

  tell(text: string, isError = false): void {
    this.told.value = { text, isError };
  }

  async start(question: CascadeQuestion): Promise<void> {
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    this.compiled = null;
    batch(() => {
      this.result.value = null;
      this.whatIf.ensemble.value = null;
      this.share.value = 0;
      this.isRunning.value = true;
      this.tell("Reading the market.");
    });
    let liquidated = 0;
    try {
      const { cascade, ensemble } = await simulate(
        question,
        (progress) => {
          if (progress.type === "preparing") {
            this.showPreparing(progress);
            return;
          }
          clearInterval(this.clock);
          liquidated += progress.filled + progress.backstop + progress.adl;
          batch(() => {
            this.share.value = progress.share;
            this.tell(progressText(question, progress, liquidated));
          });
        },
        request.signal,
      );
      batch(() => {
        this.tell("");
        this.beside.value = counterpart(cascade, this.done);
        this.result.value = cascade;
        this.whatIf.ensemble.value = ensemble;
      });
      this.done = [cascade, ...this.done].slice(0, MAX_DONE);
    } catch (error) {
      if (this.request !== request) return;
      if (isAbort(error)) this.tell("Stopped.");
      else this.tell(error instanceof ApiError ? error.message : "The server does not answer.", true);
    } finally {
      // A newer run goes on.
      if (this.request === request) {
        clearInterval(this.clock);
        this.request = null;
        this.isRunning.value = false;
      }
    }
  }

  /** The compiler may be busy with one large function for half a minute: the seconds show that it is at work. */
  private showPreparing(progress: CascadePreparing): void {
    const isFirst = this.compiled === null;
    this.compiled = progress;
    if (!isFirst) return;
    const began = performance.now();
    clearInterval(this.clock);
    this.clock = window.setInterval(() => this.tellPreparing(began), CLOCK_MS);
    this.tellPreparing(began);
  }

  private tellPreparing(beganMs: number): void {
    if (this.compiled === null) return;
    const { compiled, functions } = this.compiled;
    const seconds = Math.round((performance.now() - beganMs) / 1000);
    batch(() => {
      this.share.value = compiled / functions;
      this.tell(`Preparing, once: ${compiled} of ${functions} functions compiled, ${seconds} s.`);
    });
  }
}

/** Several runs tell how many are done; the one with nothing drawn is one more. */
function progressText({ minutes, paths = 1 }: CascadeQuestion, { share }: CascadeProgress, liquidated: number): string {
  if (paths > 1) return `${Math.round(share * (paths + 1))} of ${paths + 1} runs`;
  return `${Math.round(share * minutes)} of ${minutes} min, ${usd(liquidated, 3)} liquidated`;
}
