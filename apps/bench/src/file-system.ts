import { statfsSync } from "node:fs";

/** @see https://man7.org/linux/man-pages/man2/statfs.2.html the magic numbers of `f_type` */
const LINUX_NAMES: Readonly<Record<number, string>> = {
  61267: "ext4",
  1481003842: "xfs",
  2435016766: "btrfs",
  801189825: "zfs",
  2035054128: "overlayfs",
  16914836: "tmpfs",
  2240043254: "ramfs",
  26985: "nfs",
};
const IN_MEMORY = new Set(["tmpfs", "ramfs"]);

/** The name of the file system under a path; its number where the name is not known. */
export function fileSystemOf(path: string): string {
  const { type } = statfsSync(path);
  if (process.platform !== "linux") return `type ${type} on ${process.platform}`;
  return LINUX_NAMES[type] ?? `type 0x${type.toString(16)}`;
}

export function isInMemory(path: string): boolean {
  return IN_MEMORY.has(fileSystemOf(path));
}
