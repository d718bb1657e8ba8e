import { createHash } from "node:crypto";

/** How many statements a connection keeps ready: the server holds a plan for each of them. */
const MAX_STATEMENTS = 64;

/**
 * Names for statements that are sent again and again, so that the server parses and plans them once for each connection. A name is a digest
 * of the text: behind a pooler, where connections are shared, it means the same to everybody.
 */
export class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #isEnabled: boolean;

  constructor(isEnabled: boolean) {
    this.#isEnabled = isEnabled;
  }

  /** Undefined for a statement that is not to be kept. */
  of(text: string): string | undefined {
    if (!this.#isEnabled) return undefined;
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MAX_STATEMENTS) return known;
    const name = `agent_sessions_${createHash("sha256").update(text).digest("base64url").slice(0, 24)}`;
    this.#names.set(text, name);
    return name;
  }
}
