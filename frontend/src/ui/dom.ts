/** Small helpers to build elements; text is always set as text, never as HTML. */

type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;
type Child = Node | string | null;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null));
  return element;
}

export function byId<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element #${id}`);
  return element as T;
}

/** Names and what they are, one below the other. */
export const sums = (rows: readonly (readonly [name: string, value: string])[]): HTMLElement =>
  el("dl", { class: "sums" }, ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));

/** One button of a group pressed, the others not. */
export function press(group: HTMLElement, value: string): void {
  for (const button of group.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.value === value));
  }
}

/** A group of buttons of which one is pressed. */
export function fillGroup(
  group: HTMLElement,
  items: readonly { value: string; label: string; title?: string }[],
  choose: (value: string) => void,
): void {
  group.replaceChildren(
    ...items.map(({ value, label, title }) => {
      const button = el("button", { type: "button", "data-value": value, "aria-pressed": "false", title }, label);
      button.addEventListener("click", () => choose(value));
      return button;
    }),
  );
}

/** Runs `work` once, `waitMs` after the last call. */
export function debounce(work: () => void, waitMs: number): () => void {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = window.setTimeout(work, waitMs);
  };
}

/** Runs `work` at most once a frame. */
export function oncePerFrame(work: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      work();
    });
  };
}

/** Runs `work` at most once per `waitMs`, the last call never lost. */
export function throttle(work: () => void, waitMs: number): () => void {
  let timer = 0;
  let last = -Infinity;
  return () => {
    if (timer !== 0) return;
    const wait = Math.max(last + waitMs - performance.now(), 0);
    timer = window.setTimeout(() => {
      timer = 0;
      last = performance.now();
      work();
    }, wait);
  };
}
