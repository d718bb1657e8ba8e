import type { SessionStoreError } from "@agent-sessions/core";

/** What to type, by the part of a query or of a session that the library did not take. */
const TYPE: Readonly<Record<string, string>> = {
  cursor: "Leave --cursor out, which begins with the first page again.",
  limit: "Type --limit with a number from 1 to 1000; what is behind the last one, --cursor shows.",
  text: "Type at least one word, such as agent-sessions search token.",
  replaceFrom:
    "Type --replace-from with a position that there is; agent-sessions show ID counts the messages.",
  messageCount: "Type a smaller number; agent-sessions show ID counts the messages.",
  title: "Type --title with one line of up to 4096 bytes (UTF-8), without control characters.",
  labels:
    "A session takes up to 256 labels, each of them one line of 1 to 256 bytes (UTF-8) without control characters.",
  metadata:
    "Metadata takes up to 16384 bytes as JSON, all keys and values together; what is larger goes into the state, with --set.",
  usage:
    "Usage takes up to 64 counters, with names of 1 to 64 bytes (UTF-8) without control characters, and whole numbers that add up to less than 2^53.",
  set: "Type --set with a path and a value, such as --set workflow.step=review.",
  unset: "Type --unset with a path, such as --unset workflow.draft.",
  state: "Type --set with a path and a value, such as --set workflow.step=review.",
  operationId:
    "Type --operation-id with one line of 1 to 256 bytes (UTF-8) without control characters, such as --operation-id retry-1.",
  messages: "Type each message as a text, or pipe in JSON objects, one a line, with --jsonl.",
};
const OTHERWISE = "Change what is named here; agent-sessions COMMAND --help says what each option takes.";

/** What to type instead of a value or a query that was refused; "" for other errors. */
export function remedyForInput({ code, details }: SessionStoreError): string {
  if (code !== "INVALID_VALUE" && code !== "INVALID_QUERY") return "";
  // Such as `metadata.pr`, `labels[0]` or `state ["a","b"]`.
  const [part = ""] = String(details["path"] ?? "").split(/[.[ ]/);
  return Object.hasOwn(TYPE, part) ? (TYPE[part] ?? OTHERWISE) : OTHERWISE;
}
