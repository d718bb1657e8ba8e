import type { SessionStoreError } from "@agent-sessions/core";

/** What to type, by the part of a query or of a session that the library did not take. */
const TYPE: Readonly<Record<string, string>> = {
  cursor: "Leave --cursor out, which begins with the first page again.",
  limit: "Type --limit with a number from 1 to 1000; what is behind the last one, --cursor shows.",
  text: "Type at least one word, such as agent-sessions search token.",
  replaceFrom:
    "Type --replace-from with a position that there is; agent-sessions show ID counts the messages.",
  messageCount: "Type a smaller number; agent-sessions show ID counts the messages.",
  position: "Type ID:N with a smaller N, or the id alone.",
  title: 'Type --title with a text in quotes, such as --title "Fix the login".',
  labels: "Type --label with a text, such as --label auth.",
  metadata: "Type --meta with a key and a value, such as --meta topic=login.",
  usage: "Type --usage with a counter and a number, such as --usage outputTokens=96.",
  set: "Type --set with a path and a value, such as --set workflow.step=review.",
  unset: "Type --unset with a path, such as --unset workflow.draft.",
  state: "Type --set with a path and a value, such as --set workflow.step=review.",
  operationId: "Type --operation-id with a text of your own, such as --operation-id retry-1.",
  messages: "Type each message as a text, or pipe in JSON objects, one a line, with --jsonl.",
};
const OTHERWISE = "Change what is named here; agent-sessions COMMAND --help says what each option takes.";

/** What to type instead of a value or a query that was refused; "" for other errors. */
export function remedyForInput({ code, details }: SessionStoreError): string {
  if (code !== "INVALID_VALUE" && code !== "INVALID_QUERY") return "";
  const [part = ""] = String(details["path"] ?? "").split(/[.[]/);
  return Object.hasOwn(TYPE, part) ? (TYPE[part] ?? OTHERWISE) : OTHERWISE;
}
