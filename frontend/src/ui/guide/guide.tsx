/** The guide on the live page: a card with one of five steps, and a frame around what it speaks of. The map stays free. */

import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { type GuideStep, guideSteps } from "../../model/guide_steps";
import { usePage } from "../use_page";

export function Guide() {
  const page = usePage();
  const { guide } = page;
  const number = guide.step.value;
  if (number === null) return null;
  const steps = guideSteps({
    coin: page.coin.value ?? "this coin",
    mark: page.mark.value,
    clusters: page.clusters.value?.clusters ?? [],
    balance: page.asymmetry.value?.rows ?? [],
  });
  const step = steps[number];
  if (step === undefined) return null;
  return (
    <>
      <Frame step={step} />
      <Card step={step} number={number} count={steps.length} />
    </>
  );
}

interface CardProps {
  readonly step: GuideStep;
  readonly number: number;
  readonly count: number;
}

function Card({ step, number, count }: CardProps) {
  const { guide } = usePage();
  const box = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const opener = document.activeElement;
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);
  useLayoutEffect(() => box.current?.focus({ preventScroll: true }), [number]);
  const isLast = number === count - 1;
  const go = (next: number): void => {
    if (next >= count) guide.close();
    else if (next >= 0) guide.step.value = next;
  };
  return (
    <section
      id="guide"
      ref={box}
      class="guide"
      role="dialog"
      aria-labelledby="guide-title"
      aria-describedby="guide-text"
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === "Escape") guide.close();
        else if (event.key === "ArrowRight") go(Math.min(number + 1, count - 1));
        else if (event.key === "ArrowLeft") go(number - 1);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <p class="muted">{`How to read this map, ${number + 1} of ${count}`}</p>
      <h2 id="guide-title">{step.title}</h2>
      <p id="guide-text">{step.text}</p>
      <div class="guide-ways">
        <button id="guide-close" type="button" onClick={() => guide.close()}>
          Close
        </button>
        <button id="guide-back" type="button" disabled={number === 0} onClick={() => go(number - 1)}>
          Back
        </button>
        <button id="guide-next" type="button" onClick={() => go(number + 1)}>
          {isLast ? "Done" : "Next"}
        </button>
      </div>
    </section>
  );
}

/** Around the element of the step; nothing under it is covered or caught. */
function Frame({ step }: { readonly step: GuideStep }) {
  const place = useSignal<DOMRect | null>(null);
  useLayoutEffect(() => {
    const element = step.at.map((at) => document.querySelector(at)).find((each) => each?.checkVisibility());
    if (!element) {
      place.value = null;
      return undefined;
    }
    element.scrollIntoView({ block: "nearest" });
    const look = (): void => {
      place.value = element.getBoundingClientRect();
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    addEventListener("scroll", look, { capture: true, passive: true });
    addEventListener("resize", look);
    return () => {
      observer.disconnect();
      removeEventListener("scroll", look, { capture: true });
      removeEventListener("resize", look);
    };
  }, [step.title]);
  const box = place.value;
  if (box === null) return null;
  const [left, top] = [Math.max(box.left, 2), Math.max(box.top, 2)];
  const width = Math.min(box.right, innerWidth - 2) - left;
  const height = Math.min(box.bottom, innerHeight - 2) - top;
  return (
    <div
      class="guide-frame"
      aria-hidden="true"
      style={{ left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` }}
    />
  );
}
