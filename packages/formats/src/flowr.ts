import type { JsonValue } from "@agent-sessions/core";
import { timeOfText } from "./foreign-time.js";
import { keepable } from "./foreign-value.js";
import { ForeignYaml, type ScalarStyle } from "./foreign-yaml.js";
import { setOwn } from "./json-object.js";
import { asMalformed, MalformedFileError } from "./malformed-file-error.js";
import { newSnapshot, sourceFacts } from "./new-snapshot.js";
import { datesOf } from "./session-dates.js";
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
 * aliases are expanded. Which texts stood there unquoted as dates, odd numbers or booleans, `$verbatim` says.
 *
 * @see https://github.com/nullhack/flowr `YamlSessionStore`
 */
export const flowr: SessionFormat = {
  name: "flowr",

  async recognise(file: SourceFile): Promise<Recognition> {
    const start = await file.start();
    if (start.includes("\0")) return "unknown";
    const isYaml = /\.ya?ml$/i.test(file.name);
    const keys = topLevelKeys(start);
    const isDefinition = keys.has("states");
    // A definition may have `params` too; of a session that was cut off, what comes before `state` has to do.
    const isLikely = !file.isSmall || ["state", "stack", "created_at"].some((key) => keys.has(key));
    const isSession = keys.has("flow") && !isDefinition && isLikely;
    // Another name has to be made up for by more marks.
    const hasMarks = isSession && (isYaml || MORE_KEYS.some((key) => keys.has(key)));
    if (isLeftoverName(file) && !(hasMarks && (await innerName(file)) === file.stem)) {
      return {
        notASession: "is what a killed save of flowr left behind; the session itself is in another file",
      };
    }
    if (hasMarks) return "session";
    if (isYaml && keys.has("flow") && isDefinition) {
      return { notASession: "is a flow definition of flowr, not a session in a flow" };
    }
    return "unknown";
  },

  async *read(file: SourceFile): AsyncGenerator<ReadItem> {
    const yaml = ForeignYaml.parse(await file.text());
    const nodes = yaml.topLevel();
    if (nodes === null) throw new MalformedFileError("is not a YAML mapping");
    const document: Record<string, JsonValue> = {};
    for (const [key, node] of nodes) setOwn(document, key, yaml.toJson(node, styleOf(key)));
    const state = keepable(document);
    for (const key of ["flow", "state"]) {
      if (typeof state[key] !== "string") throw new MalformedFileError(`has no ${key} that is a text`);
    }
    const id = typeof state["name"] === "string" ? state["name"] : file.stem;
    const dates = datesOf(file, timeOfText(state["created_at"]), timeOfText(state["updated_at"]));
    const snapshot = newSnapshot(
      {
        id,
        title: id,
        metadata: { ...sourceFacts("flowr", id, file.stem) },
        state,
        ...dates,
      },
      [],
    );
    yield { snapshot, isDatedByFile: dates.isDatedByFile };
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

/** Marks beside `flow` and `state`. */
const MORE_KEYS = ["stack", "params", "created_at", "updated_at"];

/** Looked for in the text, not in parsed YAML, so that a damaged session is still known for what it is. */
function topLevelKeys(start: string): ReadonlySet<string> {
  const body = start.replace(PREAMBLE, "");
  return new Set(/^\s*\{/.test(body) ? flowStyleKeys(body) : blockStyleKeys(start));
}

/** What may stand before the document: a byte order mark, comments, directives, and the mark of its beginning. */
const PREAMBLE = /^\uFEFF?(?:\s*(?:#[^\n]*|%[^\n]*)?\n)*(?:---\s)?/;
const BLOCK_KEY = /^\uFEFF?(?:---\s+)?(["']?)([a-z_]+)\1\s*:(?=\s|$)/gm;
/** A token takes all that it looks at, also where nothing closes it, so that nothing is looked at again from its middle. */
const FLOW_TOKEN = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|'(?:[^']|'')*(?:'|$)|[{}[\],]|[a-z_]+(?<colon>\s*:)?/g;

function blockStyleKeys(text: string): readonly string[] {
  return [...text.matchAll(BLOCK_KEY)].map(([, , key = ""]) => key);
}

/** The keys of a document that is one `{ flow: …, state: … }`, as JSON is; not those further in. */
function flowStyleKeys(text: string): readonly string[] {
  const keys: string[] = [];
  let depth = 0;
  let isKeyNext = false;
  for (const { 0: token, groups } of text.matchAll(FLOW_TOKEN)) {
    const isWord = /^[a-z_]/.test(token);
    if (token === "{" || token === "[") isKeyNext = ++depth === 1;
    else if (token === "}" || token === "]") depth--;
    else if (token === ",") isKeyNext = depth === 1;
    else if (isKeyNext && (!isWord || groups?.["colon"] !== undefined)) {
      keys.push(isWord ? token.replace(/\s*:$/, "") : token.slice(1, -1));
      isKeyNext = false;
    }
  }
  return keys;
}

/** Names that Python's `mkstemp(suffix=".yaml")` gives. */
function isLeftoverName(file: SourceFile): boolean {
  return /^tmp[a-z0-9_]{8}\.yaml$/.test(file.name);
}

/** The `name` inside; null when there is none to be read. */
async function innerName(file: SourceFile): Promise<JsonValue> {
  try {
    const yaml = ForeignYaml.parse(await file.text());
    return yaml.toJson(yaml.topLevel()?.get("name"), "key");
  } catch (error) {
    asMalformed(error);
    return null;
  }
}
