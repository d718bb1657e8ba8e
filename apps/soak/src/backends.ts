import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { JsonObject } from "@agent-sessions/core";
import type { ProcessOpener } from "@agent-sessions/core/contract";
import type { ServerControl, TestServer } from "postgres-test-server";
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
  /** The server that holds its sessions, to be ended and started again; null where there is none, or it is somebody else's. */
  readonly server: ServerControl | null;
  /** Whether `backup` makes a copy that opens as a store. */
  readonly hasBackup: boolean;
}

/** Every backend of the soak that needs no server. A new one is one more entry. */
export const backends: readonly SoakBackend[] = [
  {
    name: "json",
    opener: opening("@agent-sessions/json", "openJsonSessionStore"),
    faultsOfACrash: ["torn-tail", "leftover"],
    textFiles: jsonFiles,
    server: null,
    hasBackup: true,
  },
  {
    name: "yaml",
    opener: opening("@agent-sessions/yaml", "openYamlSessionStore"),
    faultsOfACrash: ["torn-tail", "leftover"],
    textFiles: yamlFiles,
    server: null,
    hasBackup: true,
  },
  {
    name: "sqlite",
    opener: opening("@agent-sessions/sqlite", "openSqliteSessionStore"),
    faultsOfACrash: [],
    textFiles: null,
    server: null,
    hasBackup: true,
  },
];

/** PostgreSQL, on a server that was started for it. A path stands for a schema. */
export function postgresOn({ url, control }: TestServer): SoakBackend {
  const open = opening("@agent-sessions/postgres", "openPostgresSessionStore", (path) => ({
    connectionString: url,
    schemaName: createHash("sha256").update(path).digest("hex").slice(0, 32),
    // A restart of the server takes no longer, on a busy machine either.
    retryTimeoutMs: 60_000,
    poolSize: 3,
  }));
  return {
    name: "postgres",
    opener: open,
    faultsOfACrash: [],
    textFiles: null,
    server: control,
    hasBackup: false,
  };
}

function opening(
  packageName: string,
  exportName: string,
  optionsOf: (path: string) => JsonObject = (path) => ({ path }),
): (path: string) => ProcessOpener {
  // Resolved here, so that a child finds the very same file wherever its own code lies.
  const module = pathToFileURL(createRequire(import.meta.url).resolve(packageName)).href;
  return (path) => ({ module, exportName, options: optionsOf(path) });
}
