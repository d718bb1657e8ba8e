import { createHash } from "node:crypto";

/**
 * How many statements a connection keeps ready whose text depends on what was asked for, the first ones: the server holds a plan for
 * each of them. Those whose text is always the same, some 15, come on top.
 */
const MAX_VARIED = 48;

/**
 * Names for statements that are sent again and again, so that the server parses and plans them once for each connection. A name is a digest
 * of the text: behind a pooler, where connections are shared, it means the same to everybody.
 */
export class StatementNames {
  readonly #names = new Map<string, string>();
  #varied = 0;
  readonly #isEnabled: boolean;

  constructor(isEnabled: boolean) {
    this.#isEnabled = isEnabled;
  }

  /** Of a statement whose text is always the same. Undefined where none are kept. */
  of(text: string): string | undefined {
    if (!this.#isEnabled) return undefined;
    return this.#names.get(text) ?? this.#nameOf(text);
  }

  /** Of one whose text depends on what was asked for. Undefined when it is not to be kept. */
  ofVaried(text: string): string | undefined {
    if (!this.#isEnabled) return undefined;
    const known = this.#names.get(text);
    if (known !== undefined || this.#varied >= MAX_VARIED) return known;
    this.#varied++;
    return this.#nameOf(text);
  }

  #nameOf(text: string): string {
    const name = `agent_sessions_${createHash("sha256").update(text).digest("base64url").slice(0, 24)}`;
    this.#names.set(text, name);
    return name;
  }
}
