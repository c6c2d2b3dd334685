/** Opening, going back and closing of the drawer. Focus returns to where it came from. */

import { ApiError, fetchAccount, fetchPositions, isAbort, type PositionsQuestion } from "../api/client";
import type { PositionsAnswer } from "../api/schema";
import { byId, el } from "./dom";
import { renderAccount, renderPositions, renderRestFailed, shortAddress } from "./drawer";

/** Rows of a page of positions. */
const PAGE_ROWS = 400;

interface List {
  readonly title: string;
  readonly coin: string;
  readonly question: PositionsQuestion;
  /** All rows so far, and the cursor of what follows. */
  readonly answer: PositionsAnswer;
  /** What stands above the rows. */
  readonly lead: HTMLElement | null;
}

export class Drawer {
  private readonly box = byId("drawer");
  private readonly title = byId("drawer-title");
  private readonly body = byId("drawer-body");
  private readonly back = byId("drawer-back");
  private request: AbortController | null = null;
  private leading: AbortController | null = null;
  private list: List | null = null;
  private opener: Element | null = null;

  constructor(private readonly onClose: () => void) {
    byId("drawer-close").addEventListener("click", () => this.close());
    this.back.addEventListener("click", () => this.showList());
  }

  get isOpen(): boolean {
    return !this.box.hidden;
  }

  /** `lead` makes what stands above the rows; its questions end with the drawer. */
  async openPositions(
    title: string,
    coin: string,
    question: PositionsQuestion,
    lead: ((signal: AbortSignal) => HTMLElement) | null = null,
  ): Promise<void> {
    this.start(title);
    this.leading?.abort();
    this.leading = new AbortController();
    const above = lead?.(this.leading.signal) ?? null;
    await this.load(async (signal) => {
      const answer = await fetchPositions(coin, question, PAGE_ROWS, signal);
      this.list = { title, coin, question, answer, lead: above };
      this.showList();
    });
  }

  /** Something that is known already. */
  openBody(title: string, fill: (body: HTMLElement) => void): void {
    this.request?.abort();
    this.start(title);
    fill(this.body);
  }

  /** An account by itself, as it is now. */
  async openWallet(address: string): Promise<void> {
    this.start(`Account ${shortAddress(address)}`);
    await this.openAccount(address);
  }

  close(): void {
    if (!this.isOpen) return;
    this.request?.abort();
    this.leading?.abort();
    this.box.hidden = true;
    this.list = null;
    if (this.opener instanceof HTMLElement) this.opener.focus();
    this.onClose();
  }

  private showList(): void {
    const list = this.list;
    if (list === null) return;
    this.request?.abort();
    this.back.hidden = true;
    this.title.textContent = list.title;
    this.renderList(list);
  }

  private renderList(list: List): void {
    renderPositions(
      this.body,
      list.answer,
      (address) => void this.openAccount(address, list.answer.as_of_ms),
      () => void this.loadMore(list),
    );
    if (list.lead !== null) this.body.prepend(list.lead);
  }

  /** The next page, of the same frame, below what is there. */
  private async loadMore(list: List): Promise<void> {
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    try {
      const cursor = list.answer.next_cursor ?? undefined;
      const next = await fetchPositions(list.coin, list.question, PAGE_ROWS, request.signal, cursor);
      if (request.signal.aborted) return;
      this.list = { ...list, answer: { ...next, positions: [...list.answer.positions, ...next.positions] } };
      const { scrollTop } = this.body;
      this.renderList(this.list);
      this.body.scrollTop = scrollTop;
    } catch (error) {
      if (isAbort(error)) return;
      renderRestFailed(this.body, error instanceof ApiError ? error.message : "the server does not answer");
    }
  }

  private async openAccount(address: string, atMs?: number): Promise<void> {
    this.title.textContent = `Account ${shortAddress(address)}`;
    this.back.hidden = this.list === null;
    await this.load(async (signal) => {
      renderAccount(this.body, await fetchAccount(address, atMs, signal));
      this.body.scrollTop = 0;
    });
  }

  private start(title: string): void {
    if (!this.isOpen) this.opener = document.activeElement;
    this.list = null;
    this.back.hidden = true;
    this.box.hidden = false;
    this.title.textContent = title;
    this.body.replaceChildren(el("p", { class: "empty" }, "loading"));
    byId("drawer-close").focus({ preventScroll: true });
  }

  private async load(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    try {
      await work(request.signal);
    } catch (error) {
      if (isAbort(error)) return;
      const reason = error instanceof ApiError ? error.message : "the server does not answer";
      this.body.replaceChildren(el("p", { class: "empty", role: "alert" }, reason));
    }
  }
}
