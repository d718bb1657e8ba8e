import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SessionSnapshot, SessionStore } from "@agent-sessions/core";
import { type FileSessionStoreOptions, type RecordCodec, sessionFileName } from "@agent-sessions/file";
import { afterEach, beforeEach } from "vitest";

/** What the tests of the engine need of a format. */
export interface Format {
  readonly codec: RecordCodec;
  readonly open: (options: FileSessionStoreOptions) => Promise<SessionStore>;
  readonly readSessionFile: (path: string) => Promise<SessionSnapshot>;
  /** A record as a person would add it: no footer, but closed. */
  readonly handWritten: (record: object) => string;
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

  /** The names beside a session that begin with its own, such as what was set aside. */
  aside(id: string): string[] {
    const name = sessionFileName(id, this.#format.codec.extension);
    return fs.readdirSync(this.folder).filter((other) => other.startsWith(`${name}.`));
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
