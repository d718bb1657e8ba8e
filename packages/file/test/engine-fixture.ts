import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonValue, SessionSnapshot, SessionStore } from "@agent-sessions/core";
import { type FileSessionStoreOptions, type RecordCodec, sessionFileName } from "@agent-sessions/file";
import { afterEach, beforeEach } from "vitest";

/** What the tests of the engine need of a format. */
export interface Format {
  readonly codec: RecordCodec;
  readonly open: (options: FileSessionStoreOptions) => Promise<SessionStore>;
  readonly readSessionFile: (path: string) => Promise<SessionSnapshot>;
  /** A record as a person would add it: no footer, but closed. */
  readonly handWritten: (record: object) => string;
  /** The records of a file's text, told apart and parsed without the codec, for what knows the format but not this program. */
  readonly pieces: (text: string) => readonly Piece[];
  /** The record with its fields in another order, which a number from 0 to 1 chooses. */
  readonly reorder: (record: string, order: number) => string;
}

/** One record of a file as its text. */
export interface Piece {
  /** Undefined when there is nothing but blanks and comments. @throws when it is not in the format */
  readonly parse: () => JsonValue | undefined;
  readonly text: string;
  readonly isClosed: boolean;
}

/** The items in one of their orders, which a number from 0 to 1 chooses. */
export function reordered<T>(items: readonly T[], order: number): T[] {
  const left = [...items];
  const picked: T[] = [];
  for (let rest = order; left.length > 0; rest = (rest * 7919) % 1)
    picked.push(...left.splice(Math.floor(rest * left.length), 1));
  return picked;
}

type AnyFunction = (...args: unknown[]) => unknown;
type PatchedName = Extract<keyof typeof fs, `${string}Sync` | "fsync" | "fdatasync" | "read" | "readdir">;

/** What the system answers when it refuses. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made to fail`), { code });
}

/** A folder for each test, the stores that are open on it, and the files in it. */
export class EngineFixture {
  readonly #format: Format;
  #root = "";
  readonly #open: SessionStore[] = [];
  readonly #undo: (() => void)[] = [];

  constructor(format: Format) {
    this.#format = format;
    beforeEach(() => {
      this.#root = fs.mkdtempSync(join(tmpdir(), `agent-sessions-${format.codec.name}-`));
    });
    afterEach(async () => {
      this.unpatch();
      for (const store of this.#open.splice(0)) await store.close();
      fs.rmSync(this.#root, { recursive: true, force: true });
    });
  }

  get folder(): string {
    return join(this.#root, "store");
  }

  async open(options: Partial<FileSessionStoreOptions> = {}): Promise<SessionStore> {
    const store = await this.#format.open({ path: this.folder, durability: "relaxed", ...options });
    this.#open.push(store);
    return store;
  }

  /** Has `instead` answer for a function of `fs` until the test ends; it gets the real one. */
  patch(name: PatchedName, instead: (real: AnyFunction, ...args: unknown[]) => unknown): void {
    const patched = fs as unknown as Record<string, unknown>;
    const real = fs[name] as unknown as AnyFunction;
    patched[name] = (...args: unknown[]) => instead(real, ...args);
    syncBuiltinESMExports();
    this.#undo.push(() => {
      patched[name] = real;
      syncBuiltinESMExports();
    });
  }

  unpatch(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }

  path(id: string): string {
    return join(this.folder, sessionFileName(id, this.#format.codec.extension));
  }

  read(id: string): string {
    return fs.readFileSync(this.path(id), "utf8");
  }

  write(id: string, content: string | Buffer): void {
    fs.writeFileSync(this.path(id), content);
  }

  /** Replaces the first occurrence, as a person in an editor would. */
  edit(id: string, found: string, replacement: string): void {
    const content = this.read(id);
    if (!content.includes(found)) throw new Error(`${this.path(id)} does not hold ${JSON.stringify(found)}`);
    this.write(
      id,
      content.replace(found, () => replacement),
    );
  }

  /** The paths of what was set aside from a session. */
  aside(id: string): string[] {
    const { extension } = this.#format.codec;
    const folder = join(this.folder, `.aside.${extension}`);
    const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    return names
      .filter((name) => name.startsWith(`${sessionFileName(id, extension)}.`))
      .map((name) => join(folder, name));
  }
}

/** Until a change of what has been changed so far would show in its times. */
export async function settled(): Promise<void> {
  const changedAt = Date.now();
  while (Date.now() <= changedAt + 30) await new Promise((resume) => setImmediate(resume));
}

export async function contents(store: SessionStore, id: string): Promise<unknown[]> {
  return (await store.load(id)).messages.map((message) => message.content);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
