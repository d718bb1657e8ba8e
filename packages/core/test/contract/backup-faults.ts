import { StoreIoError } from "../../src/errors.js";
import { backend, type Fault } from "./fault.js";
import { FragileBackend, takenTarget } from "./fragile-backend.js";
import type { FragilePlace } from "./fragile-place.js";

/** A fault in how the data of a place comes into its copy. */
function copying(
  copy: (backup: () => Promise<void>, from: FragilePlace, to: FragilePlace | undefined) => Promise<void>,
): Fault["open"] {
  return backend(
    (place) =>
      new (class extends FragileBackend {
        override backup: FragileBackend["backup"] = (target) =>
          copy(() => super.backup(target), place, place.backups.get(target));
      })(place),
  );
}

export const backupFaults: readonly Fault[] = [
  {
    name: "backs up session by session, heads first",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override backup: FragileBackend["backup"] = async (target) => {
            await super.backup(target);
            const copy = place.backups.get(target);
            for (let turn = 0; turn < 20; turn++) await new Promise((resume) => setImmediate(resume));
            const key = { namespace: "", id: "busy" };
            const [now, then] = [place.data.get(key), copy?.data.get(key)];
            if (now !== null && then !== null && then !== undefined)
              copy?.data.set(key, { ...then, head: { ...now.head, messageCount: then.head.messageCount } });
          };
        })(place),
    ),
    trips: ["backup.consistent"],
  },
  {
    name: "reports a backup that it never made",
    open: copying(async () => undefined),
    trips: ["backup.consistent", "backup.made-or-refused", "backup.complete", "backup.refuses-existing"],
  },
  {
    name: "backs up the default namespace only",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override backup: FragileBackend["backup"] = async (target) => {
            const copy = place.backups.get(target);
            if (copy === undefined || copy.data.namespaces().length > 0) throw takenTarget(target);
            this.copyInto(copy, [""]);
          };
        })(place),
    ),
    trips: ["backup.consistent"],
  },
  {
    name: "backs up over what is there",
    open: backend(
      (place) =>
        new (class extends FragileBackend {
          override backup: FragileBackend["backup"] = async (target) => {
            const copy = place.backups.get(target);
            if (copy !== undefined) this.copyInto(copy, place.data.namespaces());
          };
        })(place),
    ),
    trips: ["backup.refuses-existing"],
  },
  {
    name: "leaves what it cannot read out of a backup",
    open: copying(async (backUp, from, to) => {
      await backUp();
      for (const name of from.damaged.keys()) {
        const [namespace = "", id = ""] = JSON.parse(name) as string[];
        to?.data.delete({ namespace, id });
        to?.damaged.delete(name);
      }
    }),
    trips: ["backup.complete"],
  },
  {
    name: "leaves half a backup behind when it cannot read a session",
    open: copying(async (backUp, from, to) => {
      await backUp();
      if (from.damaged.size === 0) return;
      to?.damaged.clear();
      throw new StoreIoError("A session cannot be read");
    }),
    trips: ["backup.complete"],
  },
  {
    name: "cannot back up what was never written to",
    open: copying(async (backUp, from) => {
      if (from.data.namespaces().length === 0) throw new StoreIoError("There is nothing to back up");
      await backUp();
    }),
    trips: ["backup.empty"],
  },
  {
    name: "lets everybody read a backup",
    open: copying(async (backUp, _from, to) => {
      await backUp();
      if (to !== undefined) to.fileMode = 0o644;
    }),
    trips: ["backup.private"],
  },
  {
    name: "takes a target that exists for a failure of the disk",
    open: copying(async (backUp, _from, to) => {
      if (to !== undefined && to.data.namespaces().length > 0) throw new StoreIoError("EEXIST");
      await backUp();
    }),
    trips: ["backup.refuses-existing"],
  },
];
