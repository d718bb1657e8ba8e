import type { JsonValue } from "@agent-sessions/core";
import { ForeignYaml, type ScalarStyle } from "./foreign-yaml.js";
import { isoTime } from "./iso-time.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { newSnapshot } from "./new-snapshot.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import type { SourceFile } from "./source-file.js";

/**
 * `<sessions_dir>/<name>.yaml` of flowr: where somebody stands in a flow. Written by PyYAML and edited by hand, so it is read by the
 * rules of YAML 1.1.
 *
 * | there | here |
 * |---|---|
 * | `name` (default: the file's stem) | `id` and `title` |
 * | the file's stem, where it differs from `name` | `metadata.fileStem` |
 * | `created_at`, `updated_at` | `createdAt`, `updatedAt`, to the millisecond (default: the file's time of modification) |
 * | every key, those above too | `state`, under the same key |
 *
 * In `state`, `flow`, `state`, `name`, the times and the frames of `stack` are the texts that were written, whatever YAML 1.1 takes them
 * for (`state: yes`, an unquoted date). In `params` and unknown keys, numbers, `true`, `false` and null keep their type;
 * aliases are expanded.
 *
 * @see https://github.com/nullhack/flowr `YamlSessionStore`
 */
export const flowr: SessionFormat = {
  name: "flowr",

  async recognise(file: SourceFile): Promise<Recognition> {
    if (!/\.ya?ml$/i.test(file.name)) return "unknown";
    const start = await file.start();
    // The marks are looked for in the text, not in parsed YAML, so that a damaged session is still known for what it is.
    const isDefinition = hasTopLevelKey(start, "states");
    const hasMarks =
      hasTopLevelKey(start, "flow") && !isDefinition && (hasTopLevelKey(start, "state") || !file.isSmall);
    if (isLeftoverName(file) && !(hasMarks && (await innerName(file)) === file.stem)) {
      return {
        notASession: "is what a killed save of flowr left behind; the session itself is in another file",
      };
    }
    if (hasMarks) return "session";
    if (hasTopLevelKey(start, "flow") && isDefinition) {
      return { notASession: "is a flow definition of flowr, not a session in a flow" };
    }
    return "unknown";
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    const yaml = ForeignYaml.parse(await file.text());
    const nodes = yaml.topLevel();
    if (nodes === null) throw new MalformedFileError("is not a YAML mapping");
    const state: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
    for (const [key, node] of nodes) state[key] = yaml.toJson(node, styleOf(key));
    for (const key of ["flow", "state"]) {
      if (typeof state[key] !== "string") throw new MalformedFileError(`has no ${key} that is a text`);
    }
    const id = typeof state["name"] === "string" ? state["name"] : file.stem;
    const snapshot = newSnapshot(
      {
        id,
        title: id,
        metadata: { source: "flowr", ...(file.stem === id ? {} : { fileStem: file.stem }) },
        state,
        createdAt: timeOr(state["created_at"], file.modifiedAt),
        updatedAt: timeOr(state["updated_at"], file.modifiedAt),
      },
      [],
    );
    yield { snapshot };
  },
};

const TEXT_KEYS: ReadonlySet<string> = new Set([
  "flow",
  "state",
  "name",
  "created_at",
  "updated_at",
  "stack",
]);

function styleOf(key: string): ScalarStyle {
  return TEXT_KEYS.has(key) ? "text" : "typed";
}

function hasTopLevelKey(text: string, key: string): boolean {
  return new RegExp(`^(?:\uFEFF)?(["']?)${key}\\1\\s*:`, "m").test(text);
}

/** Names that Python's `mkstemp(suffix=".yaml")` gives. */
function isLeftoverName(file: SourceFile): boolean {
  return /^tmp[a-z0-9_]{8}\.yaml$/.test(file.name);
}

/** The `name` inside; null when there is none to be read. */
async function innerName(file: SourceFile): Promise<JsonValue> {
  try {
    const yaml = ForeignYaml.parse(await file.text());
    return yaml.toJson(yaml.topLevel()?.get("name"), "text");
  } catch (error) {
    if (error instanceof MalformedFileError) return null;
    throw error;
  }
}

function timeOr(written: JsonValue | undefined, otherwise: string): string {
  return (typeof written === "string" ? isoTime(written) : null) ?? otherwise;
}
