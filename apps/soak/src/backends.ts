import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { ProcessOpener } from "@agent-sessions/core/contract";
import { jsonFiles, type TextFiles, yamlFiles } from "./text-files.js";

/** A backend under test. All that the scenarios know of it stands here. */
export interface SoakBackend {
  readonly name: string;
  /** How any process opens the store that lies, or will lie, at `path`; a backup's target is opened in the same way. */
  opener(path: string): ProcessOpener;
  /** The faults that `verify` may find after a process was killed, until the next write or `repair`. */
  readonly faultsOfACrash: readonly string[];
  /** How a person edits its sessions; null where they are no text. */
  readonly textFiles: TextFiles | null;
}

/** Every backend of the soak. A new one is one more entry. */
export const backends: readonly SoakBackend[] = [
  {
    name: "json",
    opener: opening("@agent-sessions/json", "openJsonSessionStore"),
    faultsOfACrash: ["torn-tail", "leftover"],
    textFiles: jsonFiles,
  },
  {
    name: "yaml",
    opener: opening("@agent-sessions/yaml", "openYamlSessionStore"),
    faultsOfACrash: ["torn-tail", "leftover"],
    textFiles: yamlFiles,
  },
  {
    name: "sqlite",
    opener: opening("@agent-sessions/sqlite", "openSqliteSessionStore"),
    faultsOfACrash: [],
    textFiles: null,
  },
];

function opening(packageName: string, exportName: string): (path: string) => ProcessOpener {
  // Resolved here, so that a child finds the very same file wherever its own code lies.
  const module = pathToFileURL(createRequire(import.meta.url).resolve(packageName)).href;
  return (path) => ({ module, exportName, options: { path } });
}
