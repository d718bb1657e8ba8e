import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { InvalidInputError } from "@agent-sessions/core";
import { type Loaders, type LoadersSync, lilconfig, lilconfigSync } from "lilconfig";
import { getDotPath, looseObject, optional, safeParse, strictObject, string, union } from "valibot";
import { configFileIn, mayHoldOurKey, SEARCHED_FILES } from "./has-config-file.js";
import { anchorUrl, storeUrl } from "./store-url.js";

/** What a config file may say; its relative paths are made absolute. */
export interface ConfigFile {
  readonly path: string;
  readonly store: { readonly url: string; readonly options: Readonly<Record<string, unknown>> } | undefined;
  readonly namespace: string | undefined;
}

function loadJson(file: string, content: string): unknown {
  // Somebody else's, and perhaps half-written: only one that names us has to be valid.
  if (path.basename(file) === "package.json" && !mayHoldOurKey(content)) return {};
  return parse(file, () => JSON.parse(content.replace(/^\uFEFF/, "")) as unknown);
}

async function loadYaml(file: string, content: string): Promise<unknown> {
  const yaml = await import("yaml");
  return parse(file, () => yaml.parse(content) as unknown);
}

/** @throws {InvalidInputError} INVALID_OPTIONS, which names the file: a search says only where it began */
function parse(file: string, read: () => unknown): unknown {
  try {
    return read();
  } catch (cause) {
    throw configError(`The config file ${file}`, cause);
  }
}

/** docs/adr/0008-configuration-that-was-found-runs-no-code.md */
function refuseModule(file: string): never {
  throw new InvalidInputError(
    "INVALID_OPTIONS",
    `The config file ${file} is a program, and one that was found, not named, is not run. If you trust it, name it with --config; else write what it says as agent-sessions.config.json, or remove it.`,
    { path: "config", location: file },
  );
}

const DATA_LOADERS: Loaders = { ".json": loadJson, ".yaml": loadYaml, ".yml": loadYaml, noExt: loadJson };

/** Reads of a few small files are quicker without turns of the event loop; YAML's reader loads where there is YAML. */
const loadYamlLater: LoadersSync[string] = (file, content) => async () => await loadYaml(file, content);
const SEARCH_LOADERS: LoadersSync = {
  ".json": loadJson,
  ".yaml": loadYamlLater,
  ".yml": loadYamlLater,
  ".js": refuseModule,
  ".mjs": refuseModule,
  ".cjs": refuseModule,
  noExt: loadJson,
};

/**
 * The nearest config file in `folder` or above it, up to the home folder; null when there is none.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for one that cannot be read, is empty, would run code, or says something unknown
 */
export async function findConfigFile(folder: string): Promise<ConfigFile | null> {
  const options = {
    searchPlaces: [...SEARCHED_FILES],
    loaders: SEARCH_LOADERS,
    ignoreEmptySearchPlaces: false,
  };
  try {
    const found = lilconfigSync("agent-sessions", options).search(folder);
    refuseDeadLink(folder, found?.filepath ?? null);
    if (found === null) return null;
    if (found.isEmpty === true) throw emptyFile(found.filepath);
    const content: unknown = typeof found.config === "function" ? await found.config() : found.config;
    return checkConfig(content, found.filepath);
  } catch (cause) {
    throw configError(`A config file in ${folder} or above it`, cause);
  }
}

/** A link that leads nowhere cannot be read, and a search passes it over: it is refused where it is as near as what was `found`. */
function refuseDeadLink(folder: string, found: string | null): void {
  const home = os.homedir();
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const file = configFileIn(at);
    if (file !== null && !existsSync(file)) throw new Error(`${file} is a link that leads nowhere`);
    if (at === home || at === path.dirname(at) || (found !== null && at === path.dirname(found))) return;
  }
}

function emptyFile(file: string): InvalidInputError {
  const problem = `The config file ${file} is empty. Write into it which store is meant, such as { "store": "sqlite:./sessions.db" }, or remove it.`;
  return new InvalidInputError("INVALID_OPTIONS", problem, { path: "config", location: file });
}

/**
 * The config file that the user named, which may also be a JavaScript module (`.js`, `.mjs`) with a default export.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS when it cannot be read, or says something unknown
 */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const explorer = lilconfig("agent-sessions", { searchPlaces: [], loaders: DATA_LOADERS });
  try {
    const content: unknown = (await explorer.load(file))?.config ?? null;
    if (content === null) throw new Error("it says nothing; a module needs a default export");
    return checkConfig(content, file);
  } catch (cause) {
    throw configError(`The config file ${file}`, cause);
  }
}

const CONFIG = strictObject({
  store: optional(union([string(), looseObject({ backend: string(), path: optional(string()) })])),
  namespace: optional(string()),
});

function checkConfig(content: unknown, file: string): ConfigFile {
  // To valibot an empty array is an object without keys.
  const result = safeParse(CONFIG, Array.isArray(content) ? null : content);
  if (!result.success) {
    const [issue] = result.issues;
    const at = getDotPath(issue);
    const problem =
      at === null
        ? "it is no object"
        : issue.expected === "never"
          ? `"${at}" is unknown`
          : `${at}: ${issue.message}`;
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      `The config file ${file} does not fit: ${problem}. Its keys are store (a URL, or an object with backend, path and options) and namespace.`,
      { path: at ?? file, location: file },
    );
  }
  const { store, namespace } = result.output;
  return { path: file, store: store === undefined ? undefined : readStore(store, file), namespace };
}

type StoreConfig =
  | string
  | { readonly backend: string; readonly path?: string | undefined; readonly [option: string]: unknown };

function readStore(store: StoreConfig, file: string): ConfigFile["store"] {
  const folder = path.dirname(file);
  if (typeof store === "string") return { url: anchorUrl(store, folder), options: {} };
  const { backend, path: location = "", ...options } = store;
  for (const name of ["namespace", "from", "schema", "clock"]) {
    if (!Object.hasOwn(options, name)) continue;
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      `The config file ${file} says store.${name}, which is no option of a backend. A namespace stands beside store.`,
      { path: `store.${name}`, location: file },
    );
  }
  return { url: anchorUrl(storeUrl(backend, location), folder), options };
}

function configError(what: string, cause: unknown): unknown {
  if (cause instanceof InvalidInputError) return cause;
  // YAML's messages go on with an excerpt.
  const [why = ""] = (cause instanceof Error ? cause.message : String(cause)).split(/:?\n/);
  return new InvalidInputError(
    "INVALID_OPTIONS",
    `${what} cannot be read: ${why}. Mend or remove it, or name another with --config.`,
    {
      path: "config",
      cause,
    },
  );
}
