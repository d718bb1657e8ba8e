import type { Footer, PartFooter } from "./log-footer.js";
import type { LogHeader } from "./log-record.js";

/** So many logs are remembered by a store, the ones used last. */
const MAX_LOGS = 256;

/**
 * What was parsed of a log when it was last read or written. Nothing here is believed of a file: what it holds now is read each time, and
 * only the parsing is spared when those are the very same bytes.
 */
export class RememberedLog {
  #headerBytes: Buffer | null = null;
  #header: LogHeader | null = null;
  #footerText: string | null = null;
  #footer: Footer | PartFooter | null = null;

  /** The header that these bytes stand for, if they were parsed before. */
  headerOf(bytes: Buffer): LogHeader | null {
    return this.#headerBytes?.equals(bytes) === true ? this.#header : null;
  }

  keepHeader(bytes: Buffer, header: LogHeader): void {
    this.#headerBytes = Buffer.from(bytes);
    this.#header = header;
  }

  /** The footer that this text stands for, if it was written or parsed before. */
  footerOf(text: string): Footer | PartFooter | null {
    return this.#footerText === text ? this.#footer : null;
  }

  keepFooter(text: string, footer: Footer | PartFooter): void {
    this.#footerText = text;
    // Its usage came from a head, which is somebody's own by now.
    this.#footer = "usage" in footer ? { ...footer, usage: { ...footer.usage } } : footer;
  }
}

/** The remembered logs of one store, by the paths of their files. */
export class LogMemory {
  readonly #logs = new Map<string, RememberedLog>();

  of(path: string): RememberedLog {
    const known = this.#logs.get(path);
    if (known !== undefined) return known;
    const log = new RememberedLog();
    if (this.#logs.size >= MAX_LOGS) this.#logs.clear();
    this.#logs.set(path, log);
    return log;
  }
}
