import fs from "node:fs";
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

/** A folder for each test, the stores that are open on it, and the files in it. */
export class EngineFixture {
  readonly #format: Format;
  #root = "";
  readonly #open: SessionStore[] = [];

  constructor(format: Format) {
    this.#format = format;
    beforeEach(() => {
      this.#root = fs.mkdtempSync(join(tmpdir(), `agent-sessions-${format.codec.name}-`));
    });
    afterEach(async () => {
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

export async function contents(store: SessionStore, id: string): Promise<unknown[]> {
  return (await store.load(id)).messages.map((message) => message.content);
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
