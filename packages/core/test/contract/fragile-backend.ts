import {
  InvalidInputError,
  SessionCorruptedError,
  SessionDeleteError,
  StoreIncompatibleError,
} from "../../src/errors.js";
import { type ListPlan, matchesId, selectPage } from "../../src/list-plan.js";
import { MemoryBackend } from "../../src/memory-backend.js";
import type {
  BackendPage,
  Decide,
  MutateOptions,
  SessionKey,
  StoredEntry,
  StoredHead,
  Transcript,
  WriteContext,
} from "../../src/session-backend.js";
import type { Finding, RepairReport, StoreCapabilities, UnreadableSession } from "../../src/session-store.js";
import { toSummary } from "../../src/session-summary.js";
import { copySession, type FragilePlace, keyText } from "./fragile-place.js";

/** Memory that can be damaged the way files and databases are, so that every hook of the suite can be tried in core's own tests. */
export class FragileBackend extends MemoryBackend {
  override readonly capabilities: StoreCapabilities = {
    durable: true,
    multiProcess: false,
    multiHost: false,
    readOnlyMedia: true,
  };
  readonly place: FragilePlace;

  constructor(place: FragilePlace) {
    super(place.data);
    this.place = place;
  }

  override async readHead(key: SessionKey): Promise<StoredHead | null> {
    this.assertReadable(key, "head");
    return await super.readHead(key);
  }

  override async openTranscript(key: SessionKey): Promise<Transcript | null> {
    this.assertReadable(key, "transcript");
    return await super.openTranscript(key);
  }

  override async listPage(namespace: string, plan: ListPlan): Promise<BackendPage> {
    const unreadable = this.unreadable(namespace, plan);
    const hidden = new Set(unreadable.map(({ id }) => id));
    const heads = [...this.place.data.heads(namespace)].filter(({ id }) => !hidden.has(id));
    const { sessions, hasMore } = await selectPage(plan, heads);
    return {
      sessions: sessions.map(toSummary),
      hasMore,
      unreadable: unreadable.slice(0, 100),
      unreadableCount: unreadable.length,
    };
  }

  override async mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    this.assertReadable(key, "head");
    return await super.mutate(
      key,
      (current) => {
        const commit = decide(current);
        if (commit === null) return null;
        this.place.assertWritable();
        const present = this.place.data.get(key);
        this.place.before.set(keyText(key), present === null ? null : copySession(present));
        this.place.torn.delete(keyText(key));
        return commit;
      },
      options,
    );
  }

  override async replace(
    key: SessionKey,
    entries: AsyncIterable<readonly StoredEntry[]>,
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead> {
    this.place.assertWritable();
    return await super.replace(key, entries, seal, context);
  }

  override async remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    const name = keyText(key);
    if (this.place.folders.has(name) || this.place.undeletable.has(name)) {
      throw new SessionDeleteError(key.id, this.location, { cause: new Error("EISDIR or EPERM") });
    }
    if (this.place.data.get(key) !== null) this.place.assertWritable();
    const isRemoved = await super.remove(key, context);
    if (isRemoved) {
      this.place.damaged.delete(name);
      this.place.torn.delete(name);
    }
    return isRemoved;
  }

  override async *verify(): AsyncGenerator<Finding, void, undefined> {
    const { damaged, torn, folders } = this.place;
    const faults = new Map<string, string>();
    for (const name of torn.keys()) faults.set(name, "torn-tail");
    for (const [name, part] of damaged) faults.set(name, `corrupted-${part}`);
    for (const name of folders) faults.set(name, "folder-in-place");
    for (const [name, fault] of faults) {
      const [namespace = "", id = ""] = JSON.parse(name) as string[];
      yield { namespace, id, fault, message: `planted: ${fault}`, path: null, repairable: torn.has(name) };
    }
  }

  override async repair(key: SessionKey | null = null): Promise<RepairReport> {
    const repaired: { namespace: string; id: string | null; action: string }[] = [];
    for (const name of [...this.place.torn.keys()]) {
      if (key !== null && keyText(key) !== name) continue;
      const [namespace = "", id = ""] = JSON.parse(name) as string[];
      this.place.torn.delete(name);
      repaired.push({ namespace, id, action: "cut the torn tail off" });
    }
    const remaining: Finding[] = [];
    for await (const finding of this.verify()) remaining.push(finding);
    return { repaired, setAside: repaired.map(({ id }) => `torn-${id}`), remaining };
  }

  override async backup(target: string): Promise<void> {
    const copy = this.place.backups.get(target);
    if (copy === undefined || copy.data.namespaces().length > 0) throw takenTarget(target);
    this.copyInto(copy, this.place.data.namespaces());
  }

  protected copyInto(copy: FragilePlace, namespaces: readonly string[]): void {
    for (const namespace of namespaces) {
      for (const { id } of this.place.data.heads(namespace)) {
        const session = this.place.data.get({ namespace, id });
        if (session !== null) copy.data.set({ namespace, id }, copySession(session));
        const damage = this.place.damaged.get(keyText({ namespace, id }));
        if (damage !== undefined) copy.damaged.set(keyText({ namespace, id }), damage);
      }
    }
  }

  /** @throws what a reader of damaged data finds */
  protected assertReadable(key: SessionKey, part: "head" | "transcript"): void {
    const problem = this.problemOf(key, part);
    if (problem !== null) throw problem;
  }

  protected problemOf(
    key: SessionKey,
    part: "head" | "transcript",
  ): SessionCorruptedError | StoreIncompatibleError | null {
    const name = keyText(key);
    if (this.place.newer.has(name))
      return new StoreIncompatibleError("written by format 2.0", { sessionId: key.id });
    const damage = this.place.folders.has(name) ? "head" : this.place.damaged.get(name);
    if (damage === undefined || (damage === "transcript" && part === "head")) return null;
    return new SessionCorruptedError(key.id, `memory:${key.id}`, null, "planted damage");
  }

  protected unreadable(namespace: string, plan: ListPlan): UnreadableSession[] {
    const found: UnreadableSession[] = [];
    const { damaged, newer, folders } = this.place;
    for (const name of new Set([...damaged.keys(), ...newer, ...folders])) {
      const [home = "", id = ""] = JSON.parse(name) as string[];
      const problem = this.problemOf({ namespace: home, id }, "head");
      if (home !== namespace || problem === null || !matchesId(plan, id)) continue;
      found.push({ id, code: problem.code, message: problem.message });
    }
    return found;
  }
}

export function takenTarget(target: string): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", `${target} is taken`, { path: "target" });
}
