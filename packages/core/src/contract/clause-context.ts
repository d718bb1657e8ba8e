import type { SessionStore } from "../session-store.js";
import { CallWatch } from "./call-watch.js";
import { type ChildStore, startChildStore } from "./child-store.js";
import type { BoundHook, ClauseContext } from "./clause.js";
import {
  type ContractHarness,
  type FaultHookName,
  isImpossible,
  type ProcessOpener,
  type Undo,
} from "./contract-harness.js";

/** A clause's context, and how to clear up after it. */
export interface ClauseScene {
  readonly context: ClauseContext;
  /** What becomes of the calls of its stores. */
  readonly watch: CallWatch;
  /** Ends children, undoes faults, closes every handle, removes the place; rejects with the first failure, after doing all of it. */
  clear(): Promise<void>;
}

/** A fresh place and everything that is opened on it. */
export async function createClauseScene<Place>(
  harness: ContractHarness<Place>,
  rounds: number,
): Promise<ClauseScene> {
  const place = await harness.create();
  const stores: SessionStore[] = [];
  const children: ChildStore[] = [];
  const undos: Undo[] = [];
  const watch = new CallWatch();
  const open = async (at: Place, options = {}): Promise<SessionStore> => {
    const opening = harness.open(at, options);
    void watch.note("open", opening);
    const store = await opening;
    stores.push(store);
    return watch.watch(store);
  };
  const context: ClauseContext = {
    capabilities: harness.capabilities,
    rounds,
    open: (options) => open(place, options),
    closeAll: async () => {
      for (const store of stores.splice(0)) await store.close();
    },
    openAt: (at, options) => open(at as Place, options),
    hook: (name, at = place) => bindHook(harness, at as Place, name, undos),
    hasHook: (name) => !isImpossible(harness.hooks[name]),
    defer: (cleanup) => void undos.push(cleanup),
    openElsewhere: async (where, { maxHeapMib, ...options } = {}) => {
      if (!opensInProcess(harness))
        throw new Error("The clause opens a process without requiring multiProcess");
      const opener = harness.openInProcess(place);
      const child = await startChildStore(
        where,
        { ...opener, options: { ...opener.options, ...options } },
        maxHeapMib,
      );
      children.push(child);
      return child;
    },
  };
  const clear = async (): Promise<void> => {
    const failures: unknown[] = [];
    const attempt = async (work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(error);
      }
    };
    for (const undo of undos) await attempt(undo);
    for (const child of children) await attempt(() => child.kill());
    for (const store of stores) await attempt(() => store.close());
    await attempt(() => harness.teardown(place));
    if (failures.length > 0) throw failures[0];
  };
  return { context, watch, clear };
}

function bindHook<Place, Name extends FaultHookName>(
  harness: ContractHarness<Place>,
  place: Place,
  name: Name,
  undos: Undo[],
): BoundHook<Name> {
  const hook = harness.hooks[name];
  if (isImpossible(hook)) throw new Error(`The clause uses the hook ${name} without requiring it`);
  const call = hook as (at: Place, ...rest: unknown[]) => Promise<unknown>;
  const bound = async (...rest: unknown[]): Promise<unknown> => {
    const result = await call.call(harness.hooks, place, ...rest);
    if (!UNDOABLE.has(name)) return result;
    // A clause may undo a fault itself, to look at what comes after; it is not undone twice.
    const undo = onlyOnce(result as Undo);
    undos.push(undo);
    return undo;
  };
  return bound as BoundHook<Name>;
}

function opensInProcess<Place>(
  harness: ContractHarness<Place>,
): harness is Extract<ContractHarness<Place>, { openInProcess(place: Place): ProcessOpener }> {
  return typeof harness.openInProcess === "function";
}

const UNDOABLE: ReadonlySet<FaultHookName> = new Set(["makeUndeletable", "failWrites", "makeReadOnly"]);

function onlyOnce(undo: Undo): Undo {
  let done: Promise<void> | null = null;
  return () => {
    done ??= undo();
    return done;
  };
}
