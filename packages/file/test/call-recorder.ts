import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, relative } from "node:path";

/** One call that reads or changes what is on disk. */
export interface Call {
  /** Of the system's: `write`, `fdatasync`, `rename`. */
  readonly name: string;
  /** What it was about: the kinds of `kindOf`, and for two paths `staged to session`. */
  readonly on: string;
  readonly bytes: number;
}

const NAMES = [
  "readSync",
  "readvSync",
  "writeSync",
  "ftruncateSync",
  "fsync",
  "fdatasync",
  "mkdirSync",
  "rmdirSync",
  "renameSync",
  "linkSync",
  "unlinkSync",
  "rmSync",
] as const;

/** What an operation does to the files beneath the folder that holds a store, in order. */
export async function recordCalls(root: string, operation: () => Promise<unknown>): Promise<Call[]> {
  const calls: Call[] = [];
  const original = { ...fs };
  const patched = fs as unknown as Record<string, unknown>;
  const pathOf = (target: unknown): string =>
    typeof target === "number" ? original.readlinkSync(`/proc/self/fd/${target}`) : String(target);
  for (const name of NAMES) {
    const real = original[name] as (...args: unknown[]) => unknown;
    patched[name] = (...args: unknown[]) => {
      const paths = [pathOf(args[0]), ...(typeof args[1] === "string" ? [args[1]] : [])];
      const result = real(...args);
      if (paths[0]?.startsWith(dirname(root)) === true) {
        const on = paths.map((path) => kindOf(root, path)).join(" to ");
        calls.push({ name: name.replace(/v?Sync/, ""), on, bytes: typeof result === "number" ? result : 0 });
      }
      return result;
    };
  }
  syncBuiltinESMExports();
  try {
    await operation();
  } finally {
    for (const name of NAMES) patched[name] = original[name];
    syncBuiltinESMExports();
  }
  return calls;
}

/** The calls that change anything, each as `write session`; several of a kind in a row count as one. */
export function changes(calls: readonly Call[]): string[] {
  const texts = calls.filter(({ name }) => name !== "read").map(({ name, on }) => `${name} ${on}`);
  return texts.filter((text, index) => text !== texts[index - 1]);
}

/** What lies at a path, in the words of the documentation. */
function kindOf(root: string, path: string): string {
  const name = relative(root, path).replaceAll("\\", "/");
  if (name === "") return "folder";
  if (name === "..") return "parent";
  if (/(?:^|\/)\.locks\.[^/]+$/.test(name)) return "locks folder";
  if (/(?:^|\/)\.staging\.[^/]+$/.test(name)) return "staging folder";
  if (/(?:^|\/)\.aside\.[^/]+$/.test(name)) return "aside folder";
  if (/(?:^|\/)\.locks\./.test(name)) return "lock";
  if (/(?:^|\/)\.staging\./.test(name)) return "staged";
  if (/(?:^|\/)\.aside\./.test(name)) return "aside";
  if (/^\.\.\/.*backup\.tmp-[^/]*$/.test(name)) return "staged backup";
  if (/^\.\.\/.*backup\.tmp-[^/]*\/lock$/.test(name)) return "staged backup's lock";
  if (/^\.\.\/.*backup\.tmp-[^/]*\/copy$/.test(name)) return "copy folder";
  if (/^\.\.\/.*backup[^/]*\/.+/.test(name)) return "copy";
  if (/^\.\.\/.*backup$/.test(name)) return "backup";
  if (/(?:^|\/)\.(?:index|tmp)[.-]/.test(name)) return "index";
  return name.startsWith("@") && !name.includes("/") ? "namespace folder" : "session";
}
