import os from "node:os";
import type { SessionStore } from "@agent-sessions/core";
import type { Command } from "commander";
import type { Interrupt } from "./interrupt.js";
import { openStoreByUrl } from "./open-store-by-url.js";
import { Output } from "./output.js";
import { resolveSettings, type Settings } from "./resolve-settings.js";

/** The options that every command takes. */
export type GlobalOptions = {
  readonly store?: string;
  readonly namespace?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
};

/** What a command's body works with. */
export class CommandContext {
  readonly output: Output;
  readonly globals: GlobalOptions;
  readonly #interrupt: Interrupt;

  constructor(command: Command, interrupt: Interrupt) {
    this.globals = command.optsWithGlobals<GlobalOptions>();
    this.#interrupt = interrupt;
    this.output = new Output({
      json: this.globals.json === true,
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
    });
  }

  /** Aborts at Ctrl-C. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  async settings(): Promise<Settings> {
    return await resolveSettings({
      flags: this.globals,
      env: process.env,
      platform: process.platform,
      homeFolder: os.homedir(),
      workingFolder: process.cwd(),
    });
  }

  /** Runs `body` with the store that the settings name, and closes it. */
  async withStore<T>(body: (store: SessionStore) => Promise<T>): Promise<T> {
    const { store, storeOptions, namespace } = await this.settings();
    return await this.withStoreAt(store.value, { ...storeOptions, namespace: namespace.value }, body);
  }

  /** Runs `body` with the store of a URL, and closes it. */
  async withStoreAt<T>(
    url: string,
    options: Readonly<Record<string, unknown>>,
    body: (store: SessionStore) => Promise<T>,
  ): Promise<T> {
    return await this.#interrupt.withStore(await openStoreByUrl(url, options), body);
  }
}

/** Gives a command its arguments, options and action. `contextOf` is called inside the action. */
export type Configure = (command: Command, contextOf: (command: Command) => CommandContext) => void;
