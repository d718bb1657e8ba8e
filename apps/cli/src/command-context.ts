import { InvalidInputError, type SessionStore } from "@agent-sessions/core";
import type { Command } from "commander";
import { homeFolder } from "./data-folder.js";
import type { Interrupt } from "./interrupt.js";
import { openStoreByUrl } from "./open-store-by-url.js";
import { Output } from "./output.js";
import { findElsewhere } from "./references/find-elsewhere.js";
import { otherStores } from "./references/other-stores.js";
import { resolveReference } from "./references/resolve-reference.js";
import { resolveSettings, type Settings, type SettingsInput } from "./resolve-settings.js";
import { standardError, standardOutput } from "./standard-stream.js";

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

  readonly #command: Command;

  /** @param globals default: what the command line says */
  constructor(command: Command, interrupt: Interrupt, globals?: GlobalOptions) {
    this.globals = globals ?? command.optsWithGlobals<GlobalOptions>();
    this.#command = command;
    this.#interrupt = interrupt;
    this.output = new Output({
      json: this.globals.json === true,
      stdout: standardOutput,
      stderr: standardError,
      env: process.env,
    });
  }

  /** The same for other global options than the command line's. */
  withGlobals(globals: GlobalOptions): CommandContext {
    return new CommandContext(this.#command, this.#interrupt, globals);
  }

  /** Aborts at Ctrl-C. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  /** Says that the command writes nothing: Ctrl-C then waits for no long step under way. */
  onlyReads(): void {
    this.#interrupt.onlyReads();
  }

  /** Runs `body` while another program has the terminal, and Ctrl-C is meant for that one. */
  async whileAway<T>(body: () => Promise<T>): Promise<T> {
    return await this.#interrupt.whileAway(body);
  }

  /**
   * For a command that has no use for one of the global options: obeying the command line in part would drop the rest in silence.
   *
   * @throws {InvalidInputError} INVALID_OPTIONS when the option was given
   */
  refuseOption(name: "store" | "namespace", why: string): void {
    if (this.globals[name] === undefined) return;
    const problem = `The option --${name} means nothing here: ${why}. Leave it out.`;
    throw new InvalidInputError("INVALID_OPTIONS", problem, { path: `--${name}` });
  }

  async settings(): Promise<Settings> {
    return await resolveSettings(this.#settingsInput());
  }

  #settingsInput(): SettingsInput {
    return {
      flags: this.globals,
      env: process.env,
      platform: process.platform,
      // Asking for it loads a module of Node's, and a store that is named needs no default.
      get homeFolder() {
        return homeFolder();
      },
      workingFolder: process.cwd(),
    };
  }

  /** Runs `body` with the store that the settings name, and closes it. */
  async withStore<T>(body: (store: SessionStore) => Promise<T>): Promise<T> {
    const { store, storeOptions, namespace } = await this.settings();
    return await this.withStoreAt(store.value, { ...storeOptions, namespace: namespace.value }, body);
  }

  /**
   * The id of the session that a person named: a full id, the beginning of one, or `latest`.
   *
   * @param options `isWholeId`: only a full id, for what is lost without a question
   * @throws {InvalidInputError} INVALID_QUERY for the beginning of several ids
   * @throws {SessionNotFoundError} SESSION_NOT_FOUND, which says where else sessions are
   */
  async resolveSession(
    store: SessionStore,
    reference: string,
    options: { readonly isWholeId?: boolean } = {},
  ): Promise<string> {
    return await resolveReference(store, reference, {
      ...options,
      findElsewhere: async () =>
        await findElsewhere(store, reference, {
          others: await otherStores(store, this.#settingsInput()),
          withStoreAt: async (url, body) => await this.withStoreAt(url, {}, body),
        }),
    });
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
