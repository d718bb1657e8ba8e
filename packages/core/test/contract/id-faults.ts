import { randomUUID } from "node:crypto";
import { SessionStoreError } from "../../src/session-store-error.js";
import { backend, type Fault, methods, misplacing } from "./fault.js";
import { FragileBackend } from "./fragile-backend.js";

export const idFaults: readonly Fault[] = [
  {
    name: "makes random ids that do not sort",
    open: methods((inner) => ({ create: (init) => inner.create({ ...init, id: init?.id ?? randomUUID() }) })),
    trips: ["id.generated", "id.invalid"],
  },
  {
    name: "takes ids that differ in case for one",
    open: misplacing((key) => ({ ...key, id: key.id.toLowerCase() })),
    trips: ["id.hostile", "id.stays-inside", "id.siblings", "lock.independent"],
  },
  {
    name: "takes NFC and NFD of an id for one",
    open: misplacing((key) => ({ ...key, id: key.id.normalize("NFC") })),
    trips: ["id.hostile", "id.stays-inside", "list.order"],
  },
  {
    name: "cuts ids at 255 characters",
    open: misplacing((key) => ({ ...key, id: key.id.slice(0, 255) })),
    trips: ["id.long"],
  },
  {
    name: "leads out of its place with ids that hold dots",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override mutate: FragileBackend["mutate"] = (key, decide, options) => {
            if (key.id.startsWith("../")) place.outside.add(key.id.slice(3));
            return super.mutate(key, decide, options);
          };
        })(place),
    ),
    trips: ["id.stays-inside"],
  },
  {
    name: "answers that what is no id does not exist",
    open: methods((inner) => ({
      exists: async (id) => {
        try {
          return await inner.exists(id);
        } catch (error) {
          if (SessionStoreError.is(error, "INVALID_SESSION_ID")) return false;
          throw error;
        }
      },
    })),
    trips: ["id.invalid"],
  },
  {
    name: "takes ids for file names and drops their extension",
    open: misplacing((key) => ({ ...key, id: key.id.replace(/\.(json|jsonl|yaml)$/, "") })),
    trips: ["id.hostile", "id.stays-inside", "id.siblings"],
  },
];

export const namespaceFaults: readonly Fault[] = [
  {
    name: "searches the default namespace from every view",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override searchCandidates: FragileBackend["searchCandidates"] = (_namespace, plan) =>
            super.searchCandidates("", plan);
        })(place),
    ),
    trips: ["namespace.isolated"],
  },
  {
    name: "deletes the session of that id in every namespace",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override remove: FragileBackend["remove"] = async (key, context) => {
            for (const namespace of place.data.namespaces())
              place.data.delete({ ...key, namespace: namespace === key.namespace ? "-" : namespace });
            return await super.remove(key, context);
          };
        })(place),
    ),
    trips: ["namespace.isolated", "namespace.enumerated", "delete.neighbours", "delete.read-only-media"],
  },
  {
    name: "locks a session in all namespaces at once",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override acquireLock: FragileBackend["acquireLock"] = (key, wait) =>
            super.acquireLock({ ...key, namespace: "" }, wait);
        })(place),
    ),
    trips: ["namespace.own-operations-and-locks"],
  },
  {
    name: "takes namespaces that differ in case for one",
    open: misplacing((key) => ({ ...key, namespace: key.namespace.toLowerCase() })),
    trips: ["namespace.hostile", "namespace.enumerated"],
  },
  {
    name: "yields namespaces by UTF-16 code unit",
    open: methods((inner) => ({
      async *namespaces() {
        const found: string[] = [];
        for await (const namespace of inner.namespaces()) found.push(namespace);
        yield* found.sort();
      },
    })),
    trips: ["namespace.hostile", "namespace.enumerated"],
  },
  {
    name: "yields a namespace once for every session in it",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override namespaces: FragileBackend["namespaces"] = async function* () {
            for (const namespace of place.data.namespaces())
              for (const _head of place.data.heads(namespace)) yield namespace;
          };
        })(place),
    ),
    trips: ["namespace.enumerated"],
  },
  {
    name: "gives the default namespace for what is no namespace",
    open: methods((inner) => ({
      inNamespace: (namespace) => {
        try {
          return inner.inNamespace(namespace);
        } catch (error) {
          if (SessionStoreError.is(error, "INVALID_SESSION_ID")) return inner.inNamespace("");
          throw error;
        }
      },
    })),
    trips: ["namespace.invalid"],
  },
];
