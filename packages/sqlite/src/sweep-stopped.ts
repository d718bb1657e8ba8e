import type { RepairReport } from "@agent-sessions/core";
import { sweepStagingFolders } from "@agent-sessions/file/staging-folder";

/** Removes the unfinished copies that killed backups and repairs left beside a database, and says so as a repair does. */
export function sweepStopped(path: string): RepairReport["repaired"] {
  return sweepStagingFolders(path).map((left) => ({
    namespace: "",
    id: null,
    action: `removed ${left}, which a stopped writer had left`,
  }));
}
