import path from "node:path";
import { fromHome } from "./data-folder.js";
import { FILE_BACKENDS, LOCAL_SCHEMES } from "./shipped-backends.js";

/** A store's URL from its scheme and a path or other location. */
export function storeUrl(scheme: string, location: string): string {
  // The URL ends its location at "?" and decodes "%"; everything else stands for itself.
  return `${scheme}:${location.replaceAll("%", "%25").replaceAll("?", "%3F")}`;
}

/** The same URL with a relative path made absolute from `folder`, or from the home folder where it begins with `~/`; anything else unchanged. */
export function anchorUrl(url: string, folder: string): string {
  // Without the flag i, whose first use in a process takes half a millisecond.
  const match = /^([A-Za-z][A-Za-z0-9+.-]+):([^?]*)(\?.*)?$/s.exec(url);
  if (match === null) return url;
  const [, scheme = "", encoded = "", query = ""] = match;
  // The location of a backend that keeps files is a path, whether or not it begins with a dot.
  const isPath = Object.hasOwn(FILE_BACKENDS, scheme.toLowerCase()) || /^\.{1,2}(?:[\\/]|$)/.test(encoded);
  // ":memory:" is SQLite's name for no file at all.
  if (!isPath || encoded === "" || encoded === ":memory:") return url;
  let location: string;
  try {
    location = decodeURIComponent(encoded);
  } catch {
    // A stray "%": opening the store says so, with what to do.
    return url;
  }
  return path.isAbsolute(location)
    ? url
    : `${storeUrl(scheme, path.resolve(folder, fromHome(location)))}${query}`;
}

/** Whether a URL names a backend that comes along and keeps files. */
export function keepsFiles(url: string): boolean {
  return Object.hasOwn(FILE_BACKENDS, schemeOf(url));
}

/** Whether a URL names a backend that keeps files, and no place for them. */
export function lacksPath(url: string): boolean {
  return keepsFiles(url) && /^[^:]*:(?:\?|$)/.test(url);
}

/** Whether opening a URL imports no package but those that come along, and reaches no server. */
export function staysLocal(url: string): boolean {
  return LOCAL_SCHEMES.includes(schemeOf(url));
}

export function schemeOf(url: string): string {
  return (/^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1] ?? "").toLowerCase();
}

/** Names of a URL's parameters, or of options, whose values are secrets. */
const SECRET = /pass|pwd|secret|token|credential|key$/i;

/** A URL for people's eyes: a password before its host, and every secret among its parameters, is hidden. */
export function withoutPassword(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]+:\/\/[^/?#@:]*):[^/?#]*@/i, "$1:***@")
    .replaceAll(/(?<=[?&])([^=&#]*)=[^&#]*/g, (pair, name: string) =>
      isSecret(decoded(name)) ? `${name}=***` : pair,
    );
}

/** Whether a parameter or option of this name holds what nobody else may read. */
export function isSecret(name: string): boolean {
  return SECRET.test(name);
}

function decoded(name: string): string {
  return new URLSearchParams(`${name}=`).keys().next().value ?? name;
}
