import { SessionStoreError, type SessionStoreErrorCode } from "@agent-sessions/core";
import { shortTime } from "./describe-session.js";
import { colorsFor, UnansweredError } from "./output.js";
import { type Candidate, LATEST } from "./references/resolve-reference.js";
import { remedyForInput } from "./remedy-for-input.js";
import type { TextStream } from "./standard-stream.js";
import { manyLines, oneLine, safeJson } from "./terminal-text.js";

export interface ReportErrorOptions {
  readonly json: boolean;
  /** Adds the chain of causes with their stacks. */
  readonly debug: boolean;
  readonly stderr: TextStream;
  readonly env: NodeJS.ProcessEnv;
}

/** Writes an error to stderr: what failed, why, what to do, a line each; with `json` as one JSON object. */
export function reportError(error: unknown, options: ReportErrorOptions): void {
  const { stderr } = options;
  if (options.json) {
    stderr.write(`${safeJson(JSON.stringify(errorDocument(error, options.debug)))}\n`);
    return;
  }
  const colors = colorsFor(stderr, options.env);
  const { code, what, why, remedy } = explain(error);
  stderr.write(`${colors.red(colors.bold(code))} ${oneLine(what)}\n`);
  if (why !== null) stderr.write(`${colors.dim("why:")} ${oneLine(why)}\n`);
  for (const line of candidateLines(error)) stderr.write(`     ${line}\n`);
  stderr.write(`${colors.dim("do:")}  ${oneLine(remedy)}\n`);
  if (options.debug) for (const stack of causes(error)) stderr.write(`${colors.dim(manyLines(stack))}\n`);
}

/** How many characters of a candidate's title are shown. */
const MAX_NAME = 30;

interface Explanation {
  readonly code: string;
  readonly what: string;
  readonly why: string | null;
  readonly remedy: string;
}

function explain(error: unknown): Explanation {
  if (!SessionStoreError.is(error)) return explainOther(error);
  const [what, remedy] = splitMessage(error.message);
  return {
    code: error.code,
    what,
    why:
      elsewhereOf(error) ??
      (needsWholeId(error) ? WHY_WHOLE_ID : null) ??
      (isAboutLatest(error) ? WHY_NO_LATEST : null) ??
      newCause(error, what) ??
      WHY[error.code] ??
      null,
    remedy: remedyFor(error, remedy),
  };
}

function explainOther(error: unknown): Explanation {
  const code = "FAILED";
  const message = messageOf(error);
  const why = causeText(error);
  if (error instanceof UnansweredError) {
    const [what, remedy] = splitMessage(message);
    return { code, what, why, remedy };
  }
  const remedy = remedyForSystem(error) ?? "Run it again with --debug, and report what it shows.";
  return { code, what: message, why, remedy };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What to do, by what the operating system says; null for an error that is none of its. */
function remedyForSystem(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code = "", syscall, path = "the path" } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return null;
  // The working folder was deleted.
  if (syscall === "uv_cwd") return "Go to a folder that exists, and try again.";
  if (["EACCES", "EPERM", "EROFS"].includes(code)) return `Check the permissions of ${path}, and try again.`;
  if (["ENOSPC", "EDQUOT"].includes(code)) return "Free some space, and try again.";
  return CHECK_PATH;
}

const WHY_WHOLE_ID =
  "What is lost for good goes without a question by its whole id alone: its beginning may by now name another session.";

const WHY_NO_LATEST =
  "Latest stands for the newest session that holds a message; those without any are passed over.";

/** Sessions that the reference would have meant, had somebody been asked. */
function needsWholeId({ code, details }: SessionStoreError): boolean {
  return code === "SESSION_NOT_FOUND" && details["candidates"] !== undefined;
}

function isAboutLatest({ code, sessionId }: SessionStoreError): boolean {
  return code === "SESSION_NOT_FOUND" && sessionId === LATEST;
}

/** What a reference that leads nowhere says of other places. */
function elsewhereOf({ details }: SessionStoreError): string | null {
  const { elsewhere } = details;
  if (!Array.isArray(elsewhere) || elsewhere.length === 0) return null;
  const text = elsewhere.join("; ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** The sessions that an ambiguous reference may mean, a line each: id, time, title. */
function candidateLines(error: unknown): readonly string[] {
  const candidates = SessionStoreError.is(error) ? error.details["candidates"] : undefined;
  if (!Array.isArray(candidates)) return [];
  return (candidates as readonly Candidate[]).map(({ id, name, updatedAt }) =>
    updatedAt === null
      ? `${oneLine(id)}  (unreadable)`
      : `${oneLine(id)}  ${shortTime(updatedAt)}  ${beginning(oneLine(name ?? ""))}`.trimEnd(),
  );
}

function beginning(text: string): string {
  const segments = [...new Intl.Segmenter().segment(text)];
  return segments.length <= MAX_NAME ? text : `${text.slice(0, segments[MAX_NAME]?.index)}…`;
}

function remedyFor(error: SessionStoreError, fromMessage: string): string {
  if (needsWholeId(error)) return fromMessage;
  if (error.details["outsideStore"] === true)
    return "Name the file of a session, as stores of JSON and YAML keep them; agent-sessions import reads other files.";
  if (isAboutLatest(error)) return "Name the session by its id, which agent-sessions list shows.";
  const packageName = error.details["packageName"];
  if (error.code === "BACKEND_NOT_INSTALLED" && typeof packageName === "string") {
    return `Install it in the project of this folder: npm install ${packageName}`;
  }
  const remedy = REMEDY[error.code] ?? (fromMessage === "" ? remedyForInput(error) : fromMessage);
  return remedy === "" ? (OTHERWISE[error.code] ?? "See --help, and --debug for the causes.") : remedy;
}

/** What failed, and what to do: messages of the library say both, in this order. */
function splitMessage(message: string): [what: string, remedy: string] {
  // The first full stop outside quotes that ends a sentence; ids and paths stand in quotes or have no blank behind their dots.
  const match = /^((?:"(?:[^"\\]|\\.)*"|[^"])*?\.)\s+([A-Z].*)$/s.exec(message);
  return match === null ? [message, ""] : [match[1] ?? message, match[2] ?? ""];
}

const WHY: Partial<Record<SessionStoreErrorCode, string>> = {
  SESSION_NOT_FOUND:
    "Nothing of that id is stored there; most lost sessions are in another store or namespace.",
  SESSION_ALREADY_EXISTS: "Creating never overwrites.",
  SESSION_CONFLICT: "Somebody else changed the session meanwhile, or it is already there.",
  SESSION_LOCKED: "Somebody else holds the session's lock.",
  SESSION_DELETE_FAILED: "A session goes as a whole or not at all.",
  OPERATION_MISMATCH: "An operation id stands for one content.",
  INVALID_OPTIONS: "The command line, the environment or a config file asks for what cannot be done.",
  INVALID_VALUE: "The value cannot be stored as it is; nothing was changed.",
  INVALID_QUERY: "It can be answered in several ways, or in none.",
  INVALID_SESSION_ID: "No session can have that id.",
  SESSION_CORRUPTED: "The file or row was damaged, or edited into something that cannot be read.",
  STORE_INCOMPATIBLE: "It was written by a newer version, or is no session store; it was left untouched.",
};

/** What to do, where the program knows better than the library's message; else what the message says. */
const REMEDY: Partial<Record<SessionStoreErrorCode, string>> = {
  SESSION_NOT_FOUND: "agent-sessions list shows what is there; --store and --namespace name another place.",
  SESSION_ALREADY_EXISTS: "Choose another --id, or change the session with append or update.",
  SESSION_CORRUPTED: "Run agent-sessions verify, which names every fault and says what can be repaired.",
  STORE_INCOMPATIBLE: "Update agent-sessions, or point --store at a session store.",
};

const CHECK_PATH = "Check the path, its permissions and the space on the disk, and try again.";

/** What to do, where neither the table above nor the message says it. */
const OTHERWISE: Partial<Record<SessionStoreErrorCode, string>> = {
  INVALID_OPTIONS: "See --help; agent-sessions config shows where store and namespace come from.",
  STORE_IO: CHECK_PATH,
  SESSION_LOCKED: "Try again in a moment.",
};

/** The cause's text, unless the message says it already. */
function newCause(error: Error, what: string): string | null {
  const text = causeText(error);
  if (text === null) return null;
  // What one of the library's errors says to do is for who meets it alone.
  const [cause] = SessionStoreError.is(error.cause) ? splitMessage(text) : [text];
  return what.includes(cause) ? null : cause;
}

function causeText(error: unknown): string | null {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined || cause === null) return null;
  // One line: what follows are lists and excerpts, which --debug shows.
  const [text = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
  return text;
}

function errorDocument(error: unknown, debug: boolean): object {
  const document = SessionStoreError.is(error)
    ? error.toJSON()
    : { name: error instanceof Error ? error.name : "Error", code: "FAILED", message: messageOf(error) };
  return debug ? { ...document, causes: causes(error) } : document;
}

function causes(error: unknown): string[] {
  const stacks: string[] = [];
  // Bounded: a cause may name itself.
  for (let next = error; next !== undefined && next !== null && stacks.length < 20; ) {
    stacks.push(next instanceof Error ? (next.stack ?? next.message) : String(next));
    next = next instanceof Error ? next.cause : undefined;
  }
  return stacks;
}
