import { on } from "node:events";
import type { Key } from "node:readline";
import { type SessionStore, SessionStoreError, type SessionSummary } from "@agent-sessions/core";
import type { Colors } from "../colors.js";
import { describeDeletion } from "../describe-deletion.js";
import { nameOf } from "../describe-session.js";
import { oneLine } from "../terminal-text.js";
import { PickerState } from "./picker-state.js";
import { listHeight, type Pane, renderPicker } from "./picker-view.js";
import { ACTIONS } from "./session-actions.js";
import { type PreviewMessage, readPreview } from "./session-preview.js";
import { SessionRows } from "./session-rows.js";
import type { TerminalScreen } from "./terminal-screen.js";

export interface PickerOptions {
  readonly store: SessionStore;
  readonly input: NodeJS.ReadStream;
  readonly screen: TerminalScreen;
  readonly colors: Colors;
  /** Ends the picker. */
  readonly signal: AbortSignal;
  /** Shows a session while the picker has given the terminal back. */
  readonly show: (id: string) => Promise<void>;
  /** Told of Ctrl-C, which in raw mode is a key like any other, and leaves the picker. Whatever a key began is done by then. */
  readonly onInterrupt: () => void;
}

/** A list of sessions to type at, with a preview of the chosen one; keys change it, show it, or end the picker. */
export class Picker {
  readonly #options: PickerOptions;
  readonly #state = new PickerState();
  /** Aborts with what went wrong in reading the list, which nobody waits for. */
  readonly #failure = new AbortController();
  #rows: SessionRows;
  #isReading = false;
  #isPreviewing = false;
  #preview: { readonly key: string; readonly messages: readonly PreviewMessage[] } | null = null;
  #question: Extract<Pane, { kind: "question" }> | null = null;
  #status: string | null = null;
  #notice: Extract<Pane, { kind: "notice" }> | null = null;

  constructor(options: PickerOptions) {
    this.#options = options;
    this.#rows = new SessionRows(options.store);
  }

  /** Runs until the picker is left. Rejects with the signal's reason, and with what makes the list unreadable. */
  async run(): Promise<void> {
    const { screen, input } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, this.#failure.signal]);
    const keys = on(input, "keypress", { signal });
    const stopResize = screen.onResize(() => this.#refresh());
    try {
      screen.open();
      this.#refresh();
      for await (const [text, key] of keys) {
        if (!(await this.#press(text, key))) return;
        this.#refresh();
      }
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      stopResize();
      screen.close();
    }
  }

  /** False: the picker is left. */
  async #press(text: string | undefined, key: Key): Promise<boolean> {
    this.#status = null;
    this.#notice = null;
    if (this.#question !== null) {
      await this.#answer(key);
      return true;
    }
    const isLetter = key.ctrl === true && key.name !== undefined;
    if (isLetter && key.name === "c") {
      this.#options.onInterrupt();
      return false;
    }
    if (isLetter && key.name === "z" && process.platform !== "win32") {
      await this.#options.screen.suspend();
      return true;
    }
    if (isLetter && key.name === "q") return false;
    if (key.name === "escape") return false;
    if (this.#edit(text, key)) return true;
    const { session } = this.#state;
    if (isLetter && key.name === "r") await this.#try(async () => await this.#reload(session?.id));
    else if (session !== undefined) await this.#try(async () => await this.#act(key, session));
    return true;
  }

  /** Keys that change what is typed or chosen. */
  #edit(text: string | undefined, key: Key): boolean {
    const pageful = listHeight(this.#options.screen.rows, this.#pane(), this.#rows.rows.length);
    const steps: Readonly<Record<string, number>> = {
      up: -1,
      down: 1,
      pageup: -pageful,
      pagedown: pageful,
      home: -Infinity,
      end: Infinity,
    };
    const step = steps[key.name ?? ""];
    if (step !== undefined) this.#state.move(step);
    else if (key.name === "backspace") this.#state.eraseCharacter();
    else if (key.ctrl === true && key.name === "u") this.#state.setFilter("");
    else if (key.ctrl === true && key.name === "w") this.#state.eraseWord();
    else if (text !== undefined && key.ctrl !== true && key.meta !== true && /^\P{Cc}+$/u.test(text)) {
      this.#state.type(text);
    } else return false;
    return true;
  }

  async #act(key: Key, session: SessionSummary): Promise<void> {
    const { store, screen, show } = this.#options;
    if (key.name === "return") {
      screen.close();
      try {
        await show(session.id);
      } finally {
        this.#options.signal.throwIfAborted();
        screen.open();
      }
    } else if (key.ctrl === true && key.name === "d") {
      this.#question = {
        kind: "question",
        question: "Delete it for good?",
        facts: await describeDeletion(store, session.id),
      };
    } else {
      const action = key.ctrl === true ? ACTIONS.get(key.name ?? "") : undefined;
      if (action === undefined) return;
      const { id, said } = await action(store, session);
      await this.#reload(id);
      this.#status = said;
    }
  }

  async #answer(key: Key): Promise<void> {
    const { session } = this.#state;
    this.#question = null;
    this.#status = "Nothing was deleted.";
    if (key.name !== "y" || key.ctrl === true || session === undefined) return;
    await this.#try(async () => {
      const isDeleted = await this.#options.store.delete(session.id);
      await this.#reload();
      this.#status = isDeleted ? `Deleted: ${nameOf(session)}` : "Somebody else has deleted it before.";
    });
  }

  /** What the store refuses is told, and the picker goes on with what the store holds now. */
  async #try(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      if (!SessionStoreError.is(error) || error.code === "STORE_CLOSED") throw error;
      if (error.code === "SESSION_NOT_FOUND") await this.#reload();
      const text = `${error.code} ${oneLine(error.message)}`;
      this.#status = text;
      this.#notice = { kind: "notice", text };
    }
  }

  /** Reads the list anew, at least as far as it was read before or, where given, as far as `id`. */
  async #reload(id?: string): Promise<void> {
    const rows = new SessionRows(this.#options.store);
    const { length } = this.#rows.rows;
    const isThere = (): boolean => id === undefined || rows.rows.some(({ session }) => session.id === id);
    do await rows.readMore();
    while (!rows.isComplete && (rows.rows.length < length || !isThere()));
    this.#rows = rows;
    this.#preview = null;
    this.#state.setRows(rows.rows, id);
  }

  #refresh(): void {
    this.#draw();
    void this.#readRows();
    void this.#readPreview();
  }

  /** Goes on reading while too few matches were found to fill the list beyond what it shows. */
  async #readRows(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      for (;;) {
        const rows = this.#rows;
        const wanted = this.#state.chosen + 2 * this.#options.screen.rows;
        if (rows.isComplete || this.#state.matches.length >= wanted) break;
        await rows.readMore();
        // A reload may have come in between.
        if (rows === this.#rows) this.#state.setRows(rows.rows);
        this.#draw();
        void this.#readPreview();
      }
    } catch (error) {
      this.#failure.abort(error);
    } finally {
      this.#isReading = false;
    }
  }

  /** Reads the preview of the chosen session, one at a time, until it is that of the session that is chosen then. */
  async #readPreview(): Promise<void> {
    if (this.#isPreviewing) return;
    this.#isPreviewing = true;
    try {
      for (let { session } = this.#state; session !== undefined; session = this.#state.session) {
        const key = previewKey(session);
        if (this.#preview?.key === key) break;
        const messages = await readPreview(this.#options.store, session.id).catch((error: unknown) => {
          if (!SessionStoreError.is(error)) throw error;
          return [{ role: error.code, text: oneLine(error.message) }];
        });
        this.#preview = { key, messages };
        this.#draw();
      }
    } catch (error) {
      this.#failure.abort(error);
    } finally {
      this.#isPreviewing = false;
    }
  }

  #pane(): Pane {
    if (this.#question !== null) return this.#question;
    if (this.#notice !== null) return this.#notice;
    const { session } = this.#state;
    const isOfSession = session !== undefined && this.#preview?.key === previewKey(session);
    return { kind: "preview", messages: isOfSession ? (this.#preview?.messages ?? null) : null };
  }

  #draw(): void {
    const { store, screen, colors } = this.#options;
    const { lines, cursor } = renderPicker(
      {
        state: this.#state,
        place: [oneLine(store.location), oneLine(store.namespace)].filter((part) => part !== "").join(" · "),
        total: this.#rows.rows.length,
        isComplete: this.#rows.isComplete,
        unreadableCount: this.#rows.unreadableCount,
        pane: this.#pane(),
        now: new Date(),
        status: this.#status,
      },
      screen,
      colors,
    );
    screen.draw(lines, cursor);
  }
}

function previewKey({ id, revision }: SessionSummary): string {
  return `${revision} ${id}`;
}
