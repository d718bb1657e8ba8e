import { SessionNotFoundError } from "../../src/errors.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import { backend, type Fault, methods } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";
import { keyText } from "./fragile-place.js";
import { TornLogBackend } from "./torn-log-backend.js";

export const damageFaults: readonly Fault[] = [
  {
    name: "cannot read a session with a torn tail",
    open: methods((inner, place) => ({
      load: async (id) => {
        if (place.torn.has(keyText({ namespace: inner.namespace, id })))
          throw new SessionStoreError("SESSION_CORRUPTED", "torn");
        return await inner.load(id);
      },
    })),
    trips: ["crash.torn-tail"],
  },
  {
    name: "does not report a torn tail",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override async *verify(): ReturnType<FragileBackend["verify"]> {
            for await (const finding of super.verify()) if (finding.fault !== "torn-tail") yield finding;
          }
        })(place),
    ),
    trips: ["crash.torn-tail"],
  },
  {
    name: "takes a write on a full disk for done",
    open: methods((inner) => ({
      append: async (id, messages, options) => {
        try {
          return await inner.append(id, messages, options);
        } catch (error) {
          if ((error as { cause?: { code?: unknown } }).cause?.code === "ENOSPC") return await inner.head(id);
          throw error;
        }
      },
    })),
    trips: ["fault.disk-full"],
  },
  {
    name: "loses what it acknowledges behind a record that a full disk has cut short",
    open: backend((place) => new TornLogBackend(place)),
    trips: ["fault.disk-full"],
  },
  {
    name: "does not say why a write to read-only media failed",
    open: methods((inner) => ({
      truncate: async (id, count, options) => {
        try {
          return await inner.truncate(id, count, options);
        } catch (error) {
          if ((error as { cause?: { code?: unknown } }).cause?.code === "EROFS")
            throw new SessionStoreError("STORE_IO", "it failed");
          throw error;
        }
      },
    })),
    trips: ["fault.read-only"],
  },
  {
    name: "leaves a temporary file behind when a restore fails",
    open: methods((inner, place) => ({
      restore: async (snapshot, options) => {
        try {
          return await inner.restore(snapshot, options);
        } catch (error) {
          place.litter.add("staged.tmp");
          throw error;
        }
      },
    })),
    trips: ["leftovers.none"],
  },
  {
    name: "lets the umask decide who may read",
    open: methods((inner, place) => ({
      create: (init) => {
        place.fileMode = 0o644;
        return inner.create(init);
      },
    })),
    trips: ["private.modes"],
  },
];

export const repairFaults: readonly Fault[] = [
  {
    name: "finds a fault in a healthy store",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override async *verify(): ReturnType<FragileBackend["verify"]> {
            yield* super.verify();
            if (place.data.namespaces().includes("tenant"))
              yield {
                namespace: "tenant",
                id: null,
                fault: "odd-name",
                message: "?",
                path: null,
                repairable: false,
              };
          }
        })(place),
    ),
    trips: ["verify.clean", "backup.consistent"],
  },
  {
    name: "verifies the heads only",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override async *verify(): ReturnType<FragileBackend["verify"]> {
            for await (const finding of super.verify())
              if (finding.fault !== "corrupted-transcript") yield finding;
          }
        })(place),
    ),
    trips: ["verify.finds", "repair.keeps"],
  },
  {
    name: "repairs by deleting what is damaged",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override repair: FragileBackend["repair"] = async (key) => {
            for (const name of [...place.damaged.keys()]) {
              const [namespace = "", id = ""] = JSON.parse(name) as string[];
              place.data.delete({ namespace, id });
              place.damaged.delete(name);
            }
            return await super.repair(key);
          };
        })(place),
    ),
    trips: ["repair.keeps"],
  },
  {
    name: "discards the torn bytes when it repairs",
    open: methods((inner) => ({ repair: async (id) => ({ ...(await inner.repair(id)), setAside: [] }) })),
    trips: ["repair.torn-tail"],
  },
  {
    name: "calls a missing session sound",
    open: methods((inner) => ({
      repair: async (id) => {
        try {
          return await inner.repair(id);
        } catch (error) {
          if (error instanceof SessionNotFoundError) return { repaired: [], setAside: [], remaining: [] };
          throw error;
        }
      },
    })),
    trips: ["repair.not-found"],
  },
  {
    name: "reports a repair where nothing was wrong",
    open: methods((inner) => ({
      repair: async (id) => {
        const report = await inner.repair(id);
        if (report.repaired.length > 0 || report.remaining.length > 0 || id !== undefined) return report;
        return { ...report, repaired: [{ namespace: "", id: null, action: "looked" }] };
      },
    })),
    trips: ["verify.clean"],
  },
];
