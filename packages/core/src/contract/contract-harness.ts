import type { JsonObject } from "../json-value.js";
import type { SessionStore, StoreCapabilities } from "../session-store.js";
import type { StoreOptions } from "../store-options.js";

/** Declares why something cannot be done to a backend. Clauses that need it are reported as not applicable, with this reason. */
export interface Impossible {
  readonly impossible: string;
}

/** Takes back what a hook did. Called once, before the place is torn down, also after a failed clause. */
export type Undo = () => Promise<void>;

/** What a child process or a worker thread needs to open the same data: nothing but text. */
export interface ProcessOpener {
  /** The file URL (or bare specifier, seen from the working directory) of a module that plain Node can import. */
  readonly module: string;
  /** The exported function that opens the store; called with `options` and the clause's store options merged into one object. */
  readonly exportName: string;
  readonly options: JsonObject;
}

/** How an index is spoilt: deleted, garbled, given a row of a session that is not there, given false rows, emptied, or replaced by a folder. */
export type IndexDamage = "lost" | "corrupt" | "ghost" | "stale" | "empty" | "folder";

/**
 * What a harness can do to the data of a place behind the store's back. Each is called while handles may be open. `place` is
 * what `create` returned.
 */
export interface FaultHooks<Place> {
  /** Damages the session so that its head (and with it everything) or only its transcript cannot be read any more. */
  readonly corrupt: (place: Place, id: string, part: "head" | "transcript") => Promise<void>;
  /** Lets every removal of the session fail, while it can still be read. */
  readonly makeUndeletable: (place: Place, id: string) => Promise<Undo>;
  /** Puts a directory where the data of the session `id`, which does not exist, would lie. */
  readonly plantFolder: (place: Place, id: string) => Promise<void>;
  /**
   * Cuts the last `bytes` bytes off the session's newest record, or turns them to NUL, as a crash may.
   * Returns false, and does nothing, when the record is not longer than `bytes`.
   */
  readonly tearTail: (place: Place, id: string, bytes: number, how: "cut" | "nul") => Promise<boolean>;
  /**
   * Adds a field to the session's head that no present version knows, as a newer minor version of the format would. Returns a
   * function that tells whether the field is still there.
   */
  readonly plantUnknownField: (place: Place, id: string) => Promise<() => Promise<boolean>>;
  /** Leaves in the place what is no session: other files, folders, temporary files of a killed writer, misplaced copies. */
  readonly plantStrays: (place: Place) => Promise<void>;
  /** Makes of an empty place something that is not a session store at all: another program's file, database or table. */
  readonly plantForeign: (place: Place) => Promise<void>;
  /** Marks the store, or the session `id` where each session carries its own version, as written by the next major format. */
  readonly plantNewerFormat: (place: Place, id: string) => Promise<void>;
  /** Lets every write fail as a full disk does, until it is undone. */
  readonly failWrites: (place: Place) => Promise<Undo>;
  /** Makes the place unwritable as read-only media are, for root too, until it is undone. */
  readonly makeReadOnly: (place: Place) => Promise<Undo>;
  /** Spoils the index beside the sessions. `id` names a session whose row is to be falsified for "stale". */
  readonly damageIndex: (place: Place, damage: IndexDamage, id: string) => Promise<void>;
  /**
   * Everything that lies in the place, temporary files included: name → a fingerprint of its bytes (and times, where the medium
   * has them). Caches beside the sessions and an engine's own side files are left out. Empty for an untouched place.
   */
  readonly snapshot: (place: Place) => Promise<Readonly<Record<string, string>>>;
  /** The names of all that lies around the place but does not belong to it: what an id that escapes would add to. */
  readonly surroundings: (place: Place) => Promise<readonly string[]>;
  /** The permission bits of every file and folder of the place. POSIX only. */
  readonly modes: (place: Place) => Promise<readonly { name: string; isFolder: boolean; mode: number }[]>;
  /** A fresh `target` for `backup()`, and the place under which the copy can be opened. */
  readonly backupTarget: (place: Place) => Promise<{ readonly target: string; readonly place: Place }>;
}

export type FaultHookName = keyof FaultHooks<unknown>;

/** Each hook, or the reason why there is none. None can be left out. */
export type DeclaredHooks<Place> = {
  readonly [Name in FaultHookName]: FaultHooks<Place>[Name] | Impossible;
};

interface HarnessBase<Place> {
  /** The store's name in reports, for example `json`. */
  readonly name: string;
  /** A fresh, empty place for data; nothing exists there yet. Every clause gets one of its own. */
  create(): Promise<Place>;
  /** Opens the data of a place: an own handle at every call, all of them on the same data. `options` must be passed on. */
  open(place: Place, options: StoreOptions): Promise<SessionStore>;
  /** Removes the place and all that is in it. Every handle is closed before. */
  teardown(place: Place): Promise<void>;
  readonly hooks: DeclaredHooks<Place>;
  /**
   * Clauses that are known to fail, by id, with the reason. They run, and a clause that passes fails the run: closing a gap means
   * mending this list.
   */
  readonly knownGaps?: Readonly<Record<string, string>>;
}

interface MultiProcess<Place> {
  /** What every store of this harness declares, and is held to. */
  readonly capabilities: StoreCapabilities & { readonly multiProcess: true };
  /** How another process opens the same data. */
  openInProcess(place: Place): ProcessOpener;
}

interface SingleProcess {
  readonly capabilities: StoreCapabilities & { readonly multiProcess: false };
  readonly openInProcess: Impossible;
}

/**
 * What the contract suite needs to know about a store. `Place` is whatever names the data for the harness: a folder, a file, a
 * database name.
 *
 * @example
 * ```ts
 * const harness: ContractHarness<string> = {
 *   name: "mine",
 *   capabilities: { durable: true, multiProcess: true, multiHost: false, readOnlyMedia: false },
 *   create: async () => join(await mkdtemp(join(tmpdir(), "mine-")), "store"),
 *   open: (path, options) => openMySessionStore({ path, ...options }),
 *   openInProcess: (path) => ({
 *     module: import.meta.resolve("my-session-store"),
 *     exportName: "openMySessionStore",
 *     options: { path },
 *   }),
 *   teardown: (path) => rm(dirname(path), { recursive: true, force: true }),
 *   hooks: { ...noHooks("not written yet"), corrupt: (path, id) => writeFile(join(path, id), "garbage") },
 * };
 * ```
 */
export type ContractHarness<Place = unknown> = HarnessBase<Place> & (MultiProcess<Place> | SingleProcess);

/** Every hook declared impossible for one reason: the start of a new harness. */
export function noHooks(reason: string): Readonly<Record<FaultHookName, Impossible>> {
  const impossible: Impossible = { impossible: reason };
  return {
    corrupt: impossible,
    makeUndeletable: impossible,
    plantFolder: impossible,
    tearTail: impossible,
    plantUnknownField: impossible,
    plantStrays: impossible,
    plantForeign: impossible,
    plantNewerFormat: impossible,
    failWrites: impossible,
    makeReadOnly: impossible,
    damageIndex: impossible,
    snapshot: impossible,
    surroundings: impossible,
    modes: impossible,
    backupTarget: impossible,
  };
}

export function isImpossible(declared: object): declared is Impossible {
  return "impossible" in declared;
}
