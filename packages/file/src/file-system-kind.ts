import fs from "node:fs";
import { dirname } from "node:path";
import { StoreIoError } from "@agent-sessions/core";
import { errorCode } from "./open-file.js";

/**
 * What Linux calls the file systems on which a lock may mean nothing to another machine. Numbers: statfs(2), `f_type`.
 *
 * `network`: several machines are meant to use one at once. `shared`: a folder that a host lends to a virtual machine or a container,
 * or whatever somebody's own driver (FUSE) does: locks hold within this kernel, and nobody can tell who else is there.
 */
const KINDS: ReadonlyMap<number, FileSystemKind> = new Map<number, FileSystemKind>([
  [0x6969, { name: "NFS", reach: "network" }],
  [0x517b, { name: "SMB", reach: "network" }],
  [0xff534d42, { name: "CIFS", reach: "network" }],
  [0xfe534d42, { name: "SMB", reach: "network" }],
  [0x5346414f, { name: "AFS", reach: "network" }],
  [0x73757245, { name: "Coda", reach: "network" }],
  [0x00c36400, { name: "Ceph", reach: "network" }],
  [0x0bd00bd0, { name: "Lustre", reach: "network" }],
  [0x47504653, { name: "GPFS", reach: "network" }],
  [0x01021997, { name: "9p", reach: "shared" }],
  [0x65735546, { name: "FUSE", reach: "shared" }],
  [0x786f4256, { name: "VirtualBox shared folder", reach: "shared" }],
  [0x7c7c6673, { name: "Parallels shared folder", reach: "shared" }],
]);

export interface FileSystemKind {
  readonly name: string;
  readonly reach: "network" | "shared";
}

/** Whether locks are to be trusted on the network: `accept` is for folders that one machine alone uses. */
export type NetworkFileSystem = "refuse" | "accept";

/**
 * The kind of file system, where it is one whose locks may not hold; null for local ones, and where it cannot be told: macOS numbers
 * its file systems as they are loaded.
 *
 * @internal For its test.
 * @param type `f_type` of statfs
 */
export function fileSystemKind(path: string, type: number, platform: NodeJS.Platform): FileSystemKind | null {
  if (platform === "win32") return /^[\\/]{2}[^\\/?.]/.test(path) ? { name: "SMB", reach: "network" } : null;
  // A number of 32 bits, which some systems give as a negative one.
  return platform === "linux" ? (KINDS.get(type >>> 0) ?? null) : null;
}

/** Folders that somebody was warned of, so that each is named once. */
const warned = new Set<string>();

/**
 * @param path a folder, which may not be there yet
 * @throws {StoreIoError} STORE_IO when several machines may write to it and none would notice the others' locks
 */
export function assertLocksHold(path: string): void {
  const there = nearestFolder(path);
  const kind = there === null ? null : fileSystemKind(path, there.type, process.platform);
  if (kind === null) return;
  const what = `${path} lies on a network or shared file system (${kind.name}), where a lock of this machine may mean nothing to another`;
  const instead = `put the store on a local disk, or open it with networkFileSystem: "accept" if only this machine writes to it`;
  if (kind.reach === "network")
    throw new StoreIoError(`${what}, and two writers can lose each other's messages. To write, ${instead}.`, {
      location: path,
    });
  if (warned.has(path)) return;
  warned.add(path);
  process.emitWarning(`${what}. If others write to it, ${instead}.`, {
    type: "AgentSessionsWarning",
    code: "AGENT_SESSIONS_SHARED_FOLDER",
  });
}

/** The file system of a folder, or of the nearest one above it that is there. Null when it cannot be told. */
function nearestFolder(path: string): { readonly type: number } | null {
  try {
    return { type: fs.statfsSync(path).type };
  } catch (error) {
    const parent = dirname(path);
    return errorCode(error) === "ENOENT" && parent !== path ? nearestFolder(parent) : null;
  }
}
