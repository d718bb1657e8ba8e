import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { CodecNotLoadedError } from "@agent-sessions/file";
import { readPlainDocument } from "./plain-document.js";
import type * as YamlValue from "./yaml-value.js";

let loaded: typeof YamlValue | undefined;

/**
 * Loads what reads and writes all of YAML; undefined once it is there. The `yaml` library takes ten times as long to load as all the rest of
 * a store, and a look at heads and lists does without it.
 */
export function loadYaml(): Promise<void> | undefined {
  return loaded === undefined ? load() : undefined;
}

async function load(): Promise<void> {
  loaded = await import("./yaml-value.js");
}

/**
 * As `parseAnyYaml`; what is plain needs nothing to be loaded.
 *
 * @throws {RecordSyntaxError}
 * @throws {CodecNotLoadedError}
 */
export function parseYaml(text: string): JsonValue | undefined {
  return readPlainDocument(text) ?? yaml().parseAnyYaml(text);
}

/** @throws {CodecNotLoadedError} */
export function writeYaml(value: JsonObject): string {
  return yaml().writeYaml(value);
}

/** @throws {CodecNotLoadedError} */
export function yamlLevelPlace(text: string, level: number): { line: number; column: number } {
  return yaml().yamlLevelPlace(text, level);
}

function yaml(): typeof YamlValue {
  if (loaded === undefined) throw new CodecNotLoadedError("The yaml library is not loaded yet.");
  return loaded;
}
