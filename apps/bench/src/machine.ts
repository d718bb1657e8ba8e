import { createRequire } from "node:module";
import os from "node:os";

/** What the figures were taken on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly fileSystem: string;
  readonly versions: Readonly<Record<string, string>>;
}

const DRIVERS = ["better-sqlite3", "yaml"] as const;

export function describeMachine(fileSystem: string): Machine {
  const require = createRequire(import.meta.url);
  const versions: Record<string, string> = { node: process.versions.node };
  for (const name of DRIVERS) versions[name] = versionOf(require, name);
  return {
    processor: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    fileSystem,
    versions,
  };
}

/** On one line, as a person reads it. */
export function machineLine(machine: Machine): string {
  const { processor, cores, memoryGiB, system, fileSystem, versions } = machine;
  const tools = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, ${fileSystem}; ${tools.join(", ")}`;
}

function versionOf(require: NodeJS.Require, name: string): string {
  const { version } = require(`${name}/package.json`) as { readonly version: string };
  return version;
}
