import { closeSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Script } from "node:vm";
import { readWhole } from "./read-whole.js";

/** V8 copies what does not begin at a multiple of this many bytes. */
const ALIGNMENT = 8;

interface Entry {
  /** Bytes from the end of the head. */
  readonly at: number;
  readonly sizeBytes: number;
}

/** The beginning of a file, as JSON in a line of its own. */
interface Head {
  readonly build: string;
  readonly entries: Readonly<Record<string, Entry>>;
}

/**
 * A file of compiled code, by the names of chunks. All of it stands there twice: V8 trusts it and may end the process for one wrong bit, and
 * to compare takes a tenth of a millisecond, where a checksum, with what would have to be loaded for it, takes three.
 */
export class CodeFile {
  readonly #file: string;
  readonly #head: Head;
  readonly #code: Buffer;
  readonly #added = new Map<string, Script>();

  private constructor(file: string, head: Head, code: Buffer) {
    this.#file = file;
    this.#head = head;
    this.#code = code;
  }

  /**
   * What the file holds; nothing where it is missing, damaged, or of another build.
   *
   * @param build what is never the same for chunks that differ: V8 itself looks only at their length
   */
  static read(file: string, build: string): CodeFile {
    try {
      const twice = readWhole(file);
      const content = twice.subarray(0, twice.length / 2);
      const end = content.indexOf("\n") + 1;
      if (content.equals(twice.subarray(content.length))) {
        const head = JSON.parse(content.toString("latin1", 0, end)) as Head;
        if (head.build === build) return new CodeFile(file, head, content.subarray(end));
      }
    } catch {
      // As good as none.
    }
    return new CodeFile(file, { build, entries: {} }, Buffer.alloc(0));
  }

  get(name: string): Buffer | undefined {
    const entry = this.#head.entries[name];
    return entry && this.#code.subarray(entry.at, entry.at + entry.sizeBytes);
  }

  /** Has the file hold the script's code from the next `save` on: that of all functions which have run until then. */
  add(name: string, script: Script): void {
    this.#added.set(name, script);
  }

  /** Writes the file anew where something was added, if it can be written. */
  save(): void {
    if (this.#added.size > 0) replaceFile(this.#file, () => this.#content());
  }

  #content(): Buffer {
    const entries: Record<string, Entry> = {};
    const parts: Buffer[] = [];
    let at = 0;
    for (const name of new Set([...Object.keys(this.#head.entries), ...this.#added.keys()])) {
      const code = this.#added.get(name)?.createCachedData() ?? this.get(name) ?? Buffer.alloc(0);
      const gap = -code.length & (ALIGNMENT - 1);
      entries[name] = { at, sizeBytes: code.length };
      parts.push(code, Buffer.alloc(gap));
      at += code.length + gap;
    }
    const head = JSON.stringify({ build: this.#head.build, entries } satisfies Head);
    const padding = " ".repeat(-(head.length + 1) & (ALIGNMENT - 1));
    const content = Buffer.concat([Buffer.from(`${head}${padding}\n`, "latin1"), ...parts]);
    return Buffer.concat([content, content]);
  }
}

/** @param contentOf not asked where no file can be made, for to make the content takes a while */
function replaceFile(file: string, contentOf: () => Buffer): void {
  const staged = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    sweepStaged(file);
    const descriptor = openSync(staged, "wx", 0o600);
    try {
      writeFileSync(descriptor, contentOf());
    } finally {
      closeSync(descriptor);
    }
    renameSync(staged, file);
  } catch {
    // It is only quicker with it.
    removeIfThere(staged);
  }
}

/**
 * Removes what runs that were killed had begun to write. Of two that write at once, one may so lose its file, and not the one that began
 * last.
 */
function sweepStaged(file: string): void {
  const [folder, start] = [path.dirname(file), `${path.basename(file)}.`];
  for (const name of readdirSync(folder)) {
    if (name.startsWith(start) && /^\d+$/.test(name.slice(start.length)))
      removeIfThere(path.join(folder, name));
  }
}

function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // A folder on the way to it is none: then the file is not there either.
  }
}
