import path from "node:path";
import { InvalidInputError } from "@agent-sessions/core";
import type { ConfigFile } from "./config-file.js";
import { dataFolder, type Platform } from "./data-folder.js";
import { hasConfigFile } from "./has-config-file.js";
import { LOCAL_SCHEMES } from "./shipped-backends.js";
import { lacksPath, schemeOf, staysLocal, storeUrl, withoutPassword } from "./store-url.js";

/** A value, and where it comes from, as `agent-sessions config` prints it. */
export interface Setting<T> {
  readonly value: T;
  readonly source: string;
}

export interface Settings {
  /** The store's URL; may hold credentials. */
  readonly store: Setting<string>;
  /** The backend's options, where a config file names them beside the URL. */
  readonly storeOptions: Readonly<Record<string, unknown>>;
  readonly namespace: Setting<string>;
  /** The config file that was read; null when none was, because there is none or nothing is left for it to say. */
  readonly configFile: string | null;
}

export interface SettingsInput extends Platform {
  readonly flags: {
    readonly store?: string | undefined;
    readonly namespace?: string | undefined;
    readonly config?: string | undefined;
  };
  readonly workingFolder: string;
}

/**
 * Store and namespace: flag, else environment variable, else config file, else default. An empty AGENT_SESSIONS_STORE counts as not set.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for a config file that cannot be read, or says something unknown; for one that was found, not
 * named, also when its store's backend does not come along, or reaches a server; and for a store that keeps files, of which nobody says where
 */
export async function resolveSettings(input: SettingsInput): Promise<Settings> {
  const { env, flags } = input;
  const envStore = env["AGENT_SESSIONS_STORE"] === "" ? undefined : env["AGENT_SESSIONS_STORE"];
  const store = setting(flags.store, "--store") ?? setting(envStore, "AGENT_SESSIONS_STORE");
  const namespace =
    setting(flags.namespace, "--namespace") ??
    setting(env["AGENT_SESSIONS_NAMESPACE"], "AGENT_SESSIONS_NAMESPACE");
  const isDecided = store !== undefined && namespace !== undefined;
  const config = isDecided && flags.config === undefined ? null : await readConfig(input);
  if (store === undefined && flags.config === undefined) checkStaysLocal(config);
  const source = config === null ? "" : `config file ${config.path}`;
  const chosen = store ??
    setting(config?.store?.url, source) ?? { value: defaultStoreUrl(input), source: "default" };
  checkHasPath(chosen);
  return {
    store: chosen,
    storeOptions: store === undefined ? (config?.store?.options ?? {}) : {},
    namespace: namespace ?? setting(config?.namespace, source) ?? { value: "", source: "default" },
    configFile: config?.path ?? null,
  };
}

/** The store that is used where nothing names one. */
export function defaultStoreUrl(platform: Platform): string {
  return storeUrl("sqlite", path.join(dataFolder(platform), "sessions.db"));
}

async function readConfig({ flags, workingFolder }: SettingsInput): Promise<ConfigFile | null> {
  if (flags.config === undefined && !hasConfigFile(workingFolder)) return null;
  const { findConfigFile, readConfigFile } = await import("./config-file.js");
  return flags.config === undefined
    ? await findConfigFile(workingFolder)
    : await readConfigFile(path.resolve(workingFolder, flags.config));
}

/**
 * In a cloned repository, a backend that does not come along would be a stranger's code, and a server a stranger's too: it may ask for the
 * password in PGPASSWORD, and gets it.
 */
function checkStaysLocal(found: ConfigFile | null): void {
  if (found?.store === undefined || staysLocal(found.store.url)) return;
  throw new InvalidInputError(
    "INVALID_OPTIONS",
    `The config file ${found.path} names the store ${JSON.stringify(withoutPassword(found.store.url))}, and a file that was found, not named, may name only ${LOCAL_SCHEMES.join(", ")}. If you trust it, name it with --config, or the store with --store or AGENT_SESSIONS_STORE.`,
    { path: "store", location: found.path },
  );
}

/** It was shown as though all were well, and failed where it was first used. */
function checkHasPath({ value, source }: Setting<string>): void {
  if (!lacksPath(value)) return;
  const backend = schemeOf(value);
  const place = backend === "sqlite" ? "./sessions.db" : "./sessions";
  throw new InvalidInputError(
    "INVALID_OPTIONS",
    `The store of ${source} has no path: ${backend} keeps files. Write where, such as ${backend}:${place}, or in a config file { "store": { "backend": "${backend}", "path": "${place}" } }.`,
    { path: "store" },
  );
}

function setting(value: string | undefined, source: string): Setting<string> | undefined {
  return value === undefined ? undefined : { value, source };
}
