import { StoreIoError } from "../../src/errors.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { type Fault, methods, overriding } from "./fault.js";

export const acrossFaults: readonly Fault[] = [
  {
    name: "hides from views what is there, and restores over it",
    open: methods((inner) => ({
      inNamespace: (namespace) => {
        const view = inner.inNamespace(namespace);
        return overriding(view, { exists: async () => false, restore: (snapshot) => view.restore(snapshot) });
      },
    })),
    trips: ["close.view", "namespace.invalid", "restore.exact", "migrate.conflict", "migrate.interrupted"],
  },
  {
    name: "lets a TypeError out for arguments that it did not expect",
    open: methods((inner) => ({
      fork: async (id, options) => {
        if (options === null) throw new TypeError("Cannot read properties of null");
        return await inner.fork(id, options);
      },
    })),
    trips: ["errors.coded"],
  },
  {
    name: "makes errors without a place",
    open: methods((inner) => ({
      load: async (id) => {
        try {
          return await inner.load(id);
        } catch (error) {
          if (SessionStoreError.is(error, "SESSION_NOT_FOUND"))
            throw new SessionStoreError("SESSION_NOT_FOUND", "not found", { sessionId: id });
          throw error;
        }
      },
    })),
    trips: ["load.not-found", "errors.describe"],
  },
  {
    name: "takes a caller's error that looks like the system's for its own",
    open: methods((inner) => ({
      update: async (id, change, options) => {
        try {
          return await inner.update(id, change, options);
        } catch (error) {
          if ((error as { code?: unknown } | undefined)?.code === "ENOSPC")
            throw new StoreIoError("disk full", { cause: error });
          throw error;
        }
      },
    })),
    trips: ["errors.callers-own"],
  },
  {
    name: "cannot restore into a namespace other than the default",
    open: methods((inner) => ({
      restore: async (snapshot, options) => {
        if (inner.namespace !== "" && options?.expectedRevision === 0) throw new StoreIoError("not here");
        return await inner.restore(snapshot, options);
      },
    })),
    trips: ["migrate.faithful", "migrate.interrupted"],
  },
];
