import { writeFile } from "node:fs/promises";
import path from "node:path";
import { InvalidInputError } from "@agent-sessions/core";
import { canAsk, nobodyToAsk } from "./can-ask.js";
import { fromHome } from "./data-folder.js";
import { configFileIn } from "./has-config-file.js";
import { storeUrl } from "./store-url.js";

/** What a config file of `init` says. */
export interface InitAnswers {
  readonly backend: "sqlite" | "json" | "yaml";
  readonly path: string;
  readonly namespace?: string | undefined;
}

export interface WrittenConfig {
  /** Of the config file. */
  readonly path: string;
  /** The store's URL, with an absolute path. */
  readonly store: string;
  readonly namespace: string;
}

const FILE = "agent-sessions.config.json";
const BACKENDS = [
  { value: "sqlite", label: "SQLite", hint: "one file, quick to search" },
  { value: "json", label: "JSON Lines", hint: "a file for each session, for other tools to read" },
  { value: "yaml", label: "YAML", hint: "a file for each session, to read and edit by hand" },
] as const;

/** @throws {InvalidInputError} INVALID_OPTIONS when the folder has a config file already */
export function refuseConfigured(folder: string): void {
  const present = configFileIn(folder);
  if (present !== null) throw taken(present);
}

/**
 * The backend and place that were given, asked for where they were not. Null: whoever was asked left.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS where there is nobody to ask, and for an empty path
 */
export async function askWhere(
  given: Partial<InitAnswers>,
  signal: AbortSignal,
): Promise<Pick<InitAnswers, "backend" | "path"> | null> {
  if (given.path === "") {
    const problem =
      "No store is where no path is. Name a file for sqlite, or a folder for json and yaml, with --path.";
    throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "--path" });
  }
  if (given.backend === undefined && !canAsk()) {
    const remedy = "Name one with --backend sqlite, json or yaml.";
    throw nobodyToAsk("A backend has to be chosen", remedy, { path: "--backend" });
  }
  const backend = given.backend ?? (await askBackend(signal));
  if (backend === null) return null;
  const usual = backend === "sqlite" ? "./sessions.db" : "./sessions";
  const isAsked = given.path === undefined && given.backend === undefined;
  const place = given.path ?? (isAsked ? await askPath(usual, signal) : usual);
  return place === null ? null : { backend, path: place };
}

/**
 * Writes the config file of a folder.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS when the folder has one already
 */
export async function writeConfig(folder: string, answers: InitAnswers): Promise<WrittenConfig> {
  const { backend, path: place, namespace } = answers;
  const file = path.join(folder, FILE);
  const content = { store: { backend, path: place }, ...(namespace === undefined ? {} : { namespace }) };
  try {
    await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { flag: "wx" });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") throw taken(file, cause);
    throw cause;
  }
  const store = storeUrl(backend, path.resolve(folder, fromHome(place)));
  return { path: file, store, namespace: namespace ?? "" };
}

function taken(file: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError(
    "INVALID_OPTIONS",
    `There is a config file already: ${file}. Change that one, or remove it first.`,
    { path: "config", location: file, cause },
  );
}

async function askBackend(signal: AbortSignal): Promise<InitAnswers["backend"] | null> {
  const { isCancel, select } = await import("@clack/prompts");
  const io = { input: process.stdin, output: process.stderr, signal };
  const answer = await select({ message: "How are sessions to be kept?", options: [...BACKENDS], ...io });
  return isCancel(answer) ? null : answer;
}

async function askPath(usual: string, signal: AbortSignal): Promise<string | null> {
  const { isCancel, text } = await import("@clack/prompts");
  const io = { input: process.stdin, output: process.stderr, signal };
  const answer = await text({ message: "Where?", placeholder: usual, defaultValue: usual, ...io });
  return isCancel(answer) ? null : answer;
}
