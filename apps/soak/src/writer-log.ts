import { apply, type Family } from "./family.js";
import type { AuditedFamily } from "./jobs/audit.js";
import type { Intent, JobEvent } from "./jobs.js";

/** What one writer said that it was about to do and what was acknowledged, over all the processes that wrote in its name. */
export class WriterLog {
  readonly writer: string;
  /** By session: the numbers that were acknowledged. */
  readonly shared: Map<string, number[]> = new Map();
  family: Family = {};
  nextNumber = 1;
  nextStep = 1;
  acknowledged = 0;
  #pending: Intent | null = null;
  #enough: { readonly acknowledged: number; readonly resolve: () => void } | null = null;

  constructor(writer: string) {
    this.writer = writer;
  }

  readonly hear = (event: JobEvent): void => {
    if ("intent" in event) this.#pending = event.intent;
    else if ("acknowledged" in event) this.#acknowledge();
  };

  /** Resolves when so many more writes were acknowledged. */
  more(writes: number): Promise<void> {
    return new Promise((resolve) => {
      this.#enough = { acknowledged: this.acknowledged + writes, resolve };
    });
  }

  /** The append to a shared session that was under way at the kill. */
  get pendingAppend(): { session: string; writer: string; number: number } | null {
    const pending = this.#pending;
    return pending !== null && "shared" in pending ? { ...pending.shared, writer: this.writer } : null;
  }

  get audited(): AuditedFamily {
    const pending = this.#pending;
    const { writer, family } = this;
    if (pending === null || !("family" in pending)) return { writer, family, after: null, retry: null };
    const command = pending.family;
    return {
      writer,
      family,
      after: apply(family, command),
      retry: command.kind === "append" ? command : null,
    };
  }

  /** What was under way is settled: the append was tried again, the write to the family has happened or not. */
  settle(isAfter: boolean): void {
    const { pendingAppend, audited } = this;
    if (pendingAppend !== null) this.#count(pendingAppend);
    if (isAfter && audited.after !== null) this.family = audited.after;
    this.#pending = null;
    // A step is never used twice, so that two messages never look the same.
    this.nextStep += 1_000_000;
  }

  #acknowledge(): void {
    const pending = this.#pending;
    this.#pending = null;
    this.acknowledged++;
    if (pending === null) return;
    if ("shared" in pending) this.#count(pending.shared);
    else this.family = apply(this.family, pending.family);
    if (this.#enough !== null && this.acknowledged >= this.#enough.acknowledged) this.#enough.resolve();
  }

  #count({ session, number }: { readonly session: string; readonly number: number }): void {
    const numbers = this.shared.get(session) ?? [];
    this.shared.set(session, [...numbers, number]);
    this.nextNumber = number + 1;
  }
}

/** By session and writer, what was acknowledged. */
export function ledgerOf(logs: readonly WriterLog[]): Record<string, Record<string, readonly number[]>> {
  const ledger: Record<string, Record<string, readonly number[]>> = {};
  for (const { writer, shared } of logs) {
    for (const [session, numbers] of shared) {
      ledger[session] = { ...ledger[session], [writer]: numbers };
    }
  }
  return ledger;
}
