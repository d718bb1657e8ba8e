import { realpathSync, statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BackendNotInstalledError, InvalidInputError, quote, StoreIncompatibleError } from "./errors.js";
import { type JsonObject, setOwn } from "./json-value.js";
import type { Message } from "./session.js";
import type { SessionStore } from "./session-store.js";
import { SessionStoreError } from "./session-store-error.js";
import type { StoreOptions } from "./store-options.js";

/** What a store URL says, taken apart. */
export interface StoreTarget {
  /** Lower case, for example `sqlite`. */
  readonly scheme: string;
  /** As it was given; may hold credentials, so keep it out of messages. */
  readonly url: string;
  /** What stands between the colon and the first `?`, percent-decoded. */
  readonly location: string;
  /** The URL's query as texts, and the options given in code, which win. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a backend package exports as `open`, and `registerBackend` takes. */
export type OpenBackend = (target: StoreTarget) => Promise<SessionStore>;

export interface OpenStoreOptions<M extends object = Message, S extends object = JsonObject>
  extends StoreOptions<M, S> {
  /**
   * Where to look for backend packages: `import.meta.url`, or the path of a file or folder. Default: the real path of the process's entry file, without one
   * the working directory.
   */
  readonly from?: string | URL | undefined;
  /** The backend's own options. */
  readonly [option: string]: unknown;
}

// Process-wide on purpose: a registration must hold wherever in the program a store is opened by URL.
const registered = new Map<string, OpenBackend>([
  ["memory", async (target) => await (await import("./memory-session-store.js")).open(target)],
]);

/**
 * Makes `openStore` serve a scheme with `open` instead of the package `@agent-sessions/<scheme>`.
 *
 * @throws {InvalidInputError} INVALID_OPTIONS for a scheme of fewer than two letters or with odd characters, and when `open` is no function
 */
export function registerBackend(scheme: string, open: OpenBackend): void {
  if (!/^[a-z][a-z0-9+.-]+$/.test(scheme)) {
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      `${JSON.stringify(scheme)} is no scheme: use two or more of a-z, 0-9, "+", ".", "-", beginning with a letter.`,
      { path: "scheme" },
    );
  }
  if (typeof open !== "function") {
    const problem = "open must be a function that takes a StoreTarget and resolves to a store.";
    throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "open" });
  }
  registered.set(scheme, open);
}

/**
 * Opens the store that a URL names, for example `sqlite:./sessions.db`, `json:./sessions`, `yaml:./sessions?durability=relaxed` or
 * `memory:`. Nothing is created on disk before the first write.
 *
 * @example
 * await using store = await openStore("sqlite:./sessions.db", { from: import.meta.url });
 * @throws {InvalidInputError} INVALID_OPTIONS for a malformed URL or an unknown option
 * @throws {BackendNotInstalledError} BACKEND_NOT_INSTALLED when the scheme's package cannot be found from `from`
 */
export async function openStore<M extends object = Message, S extends object = JsonObject>(
  url: string,
  options: OpenStoreOptions<M, S> = {},
): Promise<SessionStore<M, S>> {
  const { from, ...rest } = checkObject(options);
  const target = parseStoreUrl(url, rest);
  const open = registered.get(target.scheme) ?? (await importBackend(target.scheme, from));
  // The types of messages and state are the caller's word; the schema option is what checks them.
  return (await open(target)) as unknown as SessionStore<M, S>;
}

function checkObject<O extends object>(options: O): O {
  if (typeof options === "object" && (options as O | null) !== null) return options;
  throw new InvalidInputError("INVALID_OPTIONS", "The options of openStore must be an object.", {
    path: "options",
  });
}

function parseStoreUrl(url: unknown, given: Readonly<Record<string, unknown>>): StoreTarget {
  // Without the flag i, whose first use in a process takes half a millisecond.
  const match = typeof url === "string" ? /^([A-Za-z][A-Za-z0-9+.-]*):([^?]*)(?:\?(.*))?$/s.exec(url) : null;
  if (match === null || typeof url !== "string") {
    throw invalidUrl(
      "A store is named by a URL such as sqlite:./sessions.db, json:./sessions, yaml:./sessions or memory:.",
    );
  }
  const [, scheme = "", location = "", query = ""] = match;
  if (scheme.length === 1) {
    throw invalidUrl(
      `"${scheme}:" looks like a drive letter: put the backend before the path, as in sqlite:${scheme}:\\sessions.db.`,
    );
  }
  const options = parseQuery(query);
  for (const [name, value] of Object.entries(given)) if (value !== undefined) options[name] = value;
  return { scheme: scheme.toLowerCase(), url, location: decode(location), options };
}

/** The options in a URL, each at most once: of two, nobody could say which one holds. */
function parseQuery(query: string): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  // Most URLs have none, and Node has not compiled its reader of them.
  if (query === "") return options;
  for (const [name, value] of new URLSearchParams(query)) {
    if (Object.hasOwn(options, name))
      throw invalidUrl(`The store URL names the option ${quote(name)} more than once.`);
    setOwn(options, name, value);
  }
  return options;
}

/** Schemes that are spelt in two ways. */
const SAME_SCHEME: Readonly<Record<string, string>> = { postgresql: "postgres" };

async function importBackend(scheme: string, from: string | URL | undefined): Promise<OpenBackend> {
  const packageName = `@agent-sessions/${SAME_SCHEME[scheme] ?? scheme}`;
  const base = resolutionBase(from);
  let entry: string;
  try {
    // Loaded only here: it takes half a millisecond.
    const { createRequire } = process.getBuiltinModule("node:module");
    entry = createRequire(base).resolve(packageName);
  } catch (error) {
    throw new BackendNotInstalledError(scheme, packageName, base, { cause: error });
  }
  const backend = await load(
    entry,
    (cause) => new BackendNotInstalledError(scheme, packageName, base, { cause }),
  );
  if (typeof backend.open === "function") return backend.open as OpenBackend;
  throw new StoreIncompatibleError(
    `The package ${packageName} exports no open() and so cannot serve "${scheme}:" URLs. Install a version that does.`,
    { location: entry },
  );
}

async function load(entry: string, failed: (cause: unknown) => Error): Promise<{ readonly open?: unknown }> {
  try {
    return (await import(pathToFileURL(entry).href)) as { readonly open?: unknown };
  } catch (error) {
    // Half installed: a package of its own is missing, or was built for another version of Node.
    throw SessionStoreError.is(error) ? error : failed(error);
  }
}

/** A path that `createRequire` takes; a folder's ends with a separator, without which its parent would be searched. */
function resolutionBase(from: unknown): string {
  if (from !== undefined) return markFolder(pathOf(from));
  const [, entry] = process.argv;
  try {
    if (entry !== undefined) return markFolder(realpathSync(entry));
  } catch {
    // Not a file, for example the name of a script in a bundle: the working directory is the next best place.
  }
  return `${process.cwd()}${sep}`;
}

function pathOf(from: unknown): string {
  try {
    if (from instanceof URL || (typeof from === "string" && from.startsWith("file:")))
      return fileURLToPath(from);
    if (typeof from === "string" && from !== "") return resolve(from);
  } catch (error) {
    throw invalidFrom(error);
  }
  throw invalidFrom();
}

function invalidFrom(cause?: unknown): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", "The option from must be import.meta.url, or a path.", {
    path: "from",
    cause,
  });
}

function markFolder(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  return isFolder && !path.endsWith(sep) ? `${path}${sep}` : path;
}

function decode(location: string): string {
  try {
    return decodeURIComponent(location);
  } catch (error) {
    throw invalidUrl("The store URL holds a stray %; write %25 for a percent sign.", error);
  }
}

function invalidUrl(message: string, cause?: unknown): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", message, { path: "url", cause });
}
