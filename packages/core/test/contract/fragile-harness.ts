import { checkOptions, STORE_OPTION_CHECKS, storeOver } from "../../src/backend.js";
import type { ContractHarness, DeclaredHooks, ProcessOpener } from "../../src/contract.js";
import { StoreIncompatibleError } from "../../src/errors.js";
import type { StoreOptions } from "../../src/index.js";
import type { SessionStore } from "../../src/session-store.js";
import { FragileBackend } from "./fragile-backend.js";
import { FragilePlace, keyText } from "./fragile-place.js";
import { type PlaceServer, servePlace } from "./serve-place.js";

export type OpenFragile = (place: FragilePlace, options: StoreOptions) => Promise<SessionStore>;

/** The last record of a session is taken to be so many bytes long. */
const RECORD_BYTES = 32;

export const openFragile: OpenFragile = async (place, options) => {
  refuseForeign(place);
  return storeOver(
    new FragileBackend(place),
    checkOptions("openFragile", options, STORE_OPTION_CHECKS) as StoreOptions,
  );
};

/** @throws {StoreIncompatibleError} STORE_INCOMPATIBLE */
export function refuseForeign(place: FragilePlace): void {
  if (place.isForeign) throw new StoreIncompatibleError("something else lies here");
}

/** A harness over damageable memory; `open` gives the store under test, which may be a faulty one. */
export function fragileHarness(
  name: string,
  open: OpenFragile,
  openInProcess?: (port: number) => ProcessOpener,
): ContractHarness<FragilePlace> {
  const base = { name, open, hooks: HOOKS };
  const capabilities = { durable: true, multiHost: false, readOnlyMedia: true };
  if (openInProcess === undefined) {
    const impossible = "memory belongs to one process";
    return {
      ...base,
      capabilities: { ...capabilities, multiProcess: false },
      openInProcess: { impossible },
      create: async () => new FragilePlace(),
      teardown: async () => undefined,
    };
  }
  const servers = new Map<FragilePlace, PlaceServer>();
  return {
    ...base,
    capabilities: { ...capabilities, multiProcess: true },
    openInProcess: (place) => openInProcess(servers.get(place)?.port ?? 0),
    create: async () => {
      const place = new FragilePlace();
      servers.set(place, await servePlace(place, openFragile));
      return place;
    },
    teardown: async (place) => servers.get(place)?.close(),
  };
}

const key = (id: string): string => keyText({ namespace: "", id });

const HOOKS: DeclaredHooks<FragilePlace> = {
  corrupt: async (place, id, part) => void place.damaged.set(key(id), part),
  makeUndeletable: async (place, id) => {
    place.undeletable.add(key(id));
    return async () => void place.undeletable.delete(key(id));
  },
  plantFolder: async (place, id) => void place.folders.add(key(id)),
  tearTail: async (place, id, bytes) => {
    const before = place.before.get(key(id));
    if (bytes > RECORD_BYTES || before === undefined || before === null) return false;
    place.data.set({ namespace: "", id }, before);
    place.torn.set(key(id), true);
    return true;
  },
  plantUnknownField: async (place, id) => {
    const session = place.data.get({ namespace: "", id });
    if (session === null) throw new Error(`There is no session ${id}`);
    const extra = { fromTheFuture: [1] };
    place.data.set({ namespace: "", id }, { ...session, head: { ...session.head, extra } });
    return async () =>
      JSON.stringify(place.data.get({ namespace: "", id })?.head.extra) === JSON.stringify(extra);
  },
  plantStrays: async (place) => {
    place.hasStrays = true;
  },
  plantForeign: async (place) => {
    place.isForeign = true;
  },
  plantNewerFormat: async (place, id) => void place.newer.add(key(id)),
  failWrites: async (place) => {
    place.isFull = true;
    return async () => {
      place.isFull = false;
    };
  },
  makeReadOnly: async (place) => {
    place.isReadOnly = true;
    return async () => {
      place.isReadOnly = false;
    };
  },
  damageIndex: async (place, damage, id) => {
    place.index = { damage, id };
  },
  snapshot: async (place) => place.snapshot(),
  surroundings: async (place) => [...place.outside],
  modes: async (place) => [{ name: "sessions", isFolder: false, mode: place.fileMode }],
  backupTarget: async (place) => {
    const target = `backup ${place.backups.size}`;
    const copy = new FragilePlace();
    place.backups.set(target, copy);
    return { target, place: copy };
  },
};
