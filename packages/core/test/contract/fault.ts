import { checkOptions, STORE_OPTION_CHECKS, storeOver } from "../../src/backend.js";
import type { ProcessOpener } from "../../src/contract.js";
import type { StoreOptions } from "../../src/index.js";
import type { Commit, CurrentSession, SessionKey } from "../../src/session-backend.js";
import type { SessionStore } from "../../src/session-store.js";
import { FragileBackend } from "./fragile-backend.js";
import { type OpenFragile, openFragile, refuseForeign } from "./fragile-harness.js";
import type { FragilePlace } from "./fragile-place.js";

/** A store with one planted defect. */
export interface Fault {
  /** What it does wrong, as a predicate: "drops every 50th append". */
  readonly name: string;
  readonly open: OpenFragile;
  /** How other processes open the same data, for faults between processes; `port` is where the place is served. */
  readonly openInProcess?: (port: number) => ProcessOpener;
  /** The only group that it is tried on. Default: all. */
  readonly among?: string;
  /** It fails a clause by never answering: there is no use in waiting long for it. */
  readonly hangs?: boolean;
  /** The clauses that fail, exactly, together with `alsoTrips`. */
  readonly trips: readonly string[];
  /** Slow clauses that fail as well, for a reason that another faulty store shows already: tried in the full matrix only. */
  readonly alsoTrips?: readonly string[];
}

/** A fault in methods of the store itself; views are faulty in the same way. */
export function methods(
  override: (inner: SessionStore, place: FragilePlace, options: StoreOptions) => Partial<SessionStore>,
): OpenFragile {
  const wrap = (inner: SessionStore, place: FragilePlace, options: StoreOptions): SessionStore => {
    const faulty: SessionStore = overriding(inner, {
      inNamespace: (namespace) => wrap(inner.inNamespace(namespace), place, options),
      [Symbol.asyncDispose]: () => faulty.close(),
      ...onOrdinaryArguments(inner, override(inner, place, options)),
    });
    return faulty;
  };
  return async (place, options) => wrap(await openFragile(place, options), place, options);
}

/** Leaves calls with arguments that no type checker lets through to `inner`: a fault is about something else than those. */
function onOrdinaryArguments(inner: SessionStore, own: Partial<SessionStore>): Partial<SessionStore> {
  const guarded: Record<PropertyKey, unknown> = {};
  for (const name of Reflect.ownKeys(own)) {
    const faulty: unknown = Reflect.get(own, name);
    const sound: unknown = Reflect.get(inner, name);
    const needsId = typeof name === "string" && NEED_AN_ID.has(name);
    guarded[name] =
      typeof faulty !== "function" || typeof sound !== "function"
        ? faulty
        : (...args: unknown[]): unknown => {
            const isOrdinary = args.every(isJsonLike) && (!needsId || typeof args[0] === "string");
            return iterableAgain(() => Reflect.apply(isOrdinary ? faulty : sound, inner, args) as unknown);
          };
  }
  return guarded;
}

/** What a generator method returns, as a store returns it: iterated again, the method runs again. */
function iterableAgain(call: () => unknown): unknown {
  const first = call();
  if (Object.prototype.toString.call(first) !== "[object AsyncGenerator]") return first;
  let isBegun = false;
  return {
    [Symbol.asyncIterator]: () => {
      const generator = isBegun ? call() : first;
      isBegun = true;
      return generator;
    },
  };
}

const NEED_AN_ID: ReadonlySet<string> = new Set(
  "save append update truncate fork delete exists head load messages withLock".split(" "),
);

function isJsonLike(value: unknown): boolean {
  if (typeof value === "symbol" || typeof value === "bigint") return false;
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

/** An object whose methods are those of `target` but for some. */
export function overriding<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get(_target, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A fault in the backend, beneath core's rules. */
export function backend(make: (place: FragilePlace, options: StoreOptions) => FragileBackend): OpenFragile {
  return async (place, options) => {
    refuseForeign(place);
    const checked = checkOptions("backend", options, STORE_OPTION_CHECKS) as StoreOptions;
    return storeOver(make(place, options), checked);
  };
}

/** A fault in what is committed; null commits nothing. */
export function tampering(
  change: (commit: Commit, current: CurrentSession | null, key: SessionKey) => Commit | null,
): OpenFragile {
  return backend(
    (place) =>
      new (class extends FragileBackend {
        override mutate: FragileBackend["mutate"] = (key, decide, options) =>
          super.mutate(
            key,
            (current) => {
              const commit = decide(current);
              return commit === null ? null : change(commit, current, key);
            },
            options,
          );
      })(place),
  );
}

/** A fault in where sessions are kept: keys that map to one key are one session. */
export function misplacing(map: (key: SessionKey) => SessionKey): OpenFragile {
  return backend(
    (place) =>
      new (class extends FragileBackend {
        override readHead: FragileBackend["readHead"] = (key) => super.readHead(map(key));
        override openTranscript: FragileBackend["openTranscript"] = (key) => super.openTranscript(map(key));
        override mutate: FragileBackend["mutate"] = (key, decide, options) =>
          super.mutate(map(key), decide, options);
        override replace: FragileBackend["replace"] = (key, entries, seal, context) =>
          super.replace(map(key), entries, seal, context);
        override remove: FragileBackend["remove"] = (key, context) => super.remove(map(key), context);
      })(place),
  );
}

/** The options of a call without the revision it expects. */
export function withoutExpectation<O extends { readonly expectedRevision?: number | undefined }>(
  options: O | undefined,
): Omit<O, "expectedRevision"> {
  const { expectedRevision: _expected, ...rest } = options ?? ({} as O);
  return rest;
}
