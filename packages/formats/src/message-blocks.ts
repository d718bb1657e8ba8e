import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { isObject, memberOf } from "./json-object.js";

/** One part of a message, as a reader sees it. */
export type MessageBlock =
  | { readonly kind: "text" | "reasoning"; readonly text: string }
  | { readonly kind: "tool-call"; readonly name: string; readonly input: JsonValue }
  | {
      readonly kind: "tool-result";
      readonly name: string;
      readonly output: JsonValue;
      readonly isError: boolean;
    }
  /** An image, a file: named, not shown. */
  | { readonly kind: "attachment"; readonly label: string }
  /** Whatever else there is, as data. */
  | { readonly kind: "data"; readonly label: string; readonly value: JsonValue };

/** The label of what stands beside the content of a message, and is none of the rest. */
export const OTHER_FIELDS = "other fields";

/** What a tool notes of a message beside its parts: ids, times, the model and its counters. Not for readers. */
const ENVELOPE: ReadonlySet<string> = new Set(
  (
    "$record $verbatim role id timestamp time status call_id tool_call_id toolCallId sessionID parentID model modelID providerID " +
    "api provider usage tokens cost stop_reason stop_sequence stopReason finish_reason"
  ).split(" "),
);
const TEXT_TYPES = ["text", "input_text", "output_text"];
const REASONING_TYPES = ["thinking", "reasoning", "redacted_thinking"];
const CALL_TYPES =
  /^(?:tool_use|tool-call|toolCall|server_tool_use|(?:function|custom_tool|local_shell)_call)$/;
const RESULT_TYPES =
  /^(?:\w*tool_result|tool-result|toolResult|(?:function|custom_tool|local_shell)_call_output)$/;
const ATTACHMENT_TYPES = /^(?:input_)?(?:image|file|audio|document|media|image_url)$/;

/**
 * A message as blocks, whatever tool it comes from: the parts of its `content`; the tool calls, results and reasoning that stand in it or
 * beside it, under the names that the known tools use; and the rest as data. Nothing but the envelope is left out.
 */
export function messageBlocks(message: object): readonly MessageBlock[] {
  const { content, ...rest } = message as JsonObject;
  // An item of a log that is no chat message: a call, a result, a reasoning.
  if (typeof rest["type"] === "string" && isKnownType(rest["type"]))
    return blocksOfPart(message as JsonObject);
  const beside = blocksBeside(rest);
  const name = firstText(rest, ["name", "toolName", "tool_name"]);
  if (isToolRole(rest["role"]) && content !== undefined) {
    const isError = rest["isError"] === true || rest["is_error"] === true;
    return [{ kind: "tool-result", name, output: plainOutput(content), isError }, ...beside];
  }
  const parts = content === undefined || content === null ? [] : Array.isArray(content) ? content : [content];
  return [...beside.filter(({ kind }) => kind === "reasoning"), ...parts.flatMap(blocksOfPart)].concat(
    beside.filter(({ kind }) => kind !== "reasoning"),
  );
}

function isKnownType(type: string): boolean {
  return REASONING_TYPES.includes(type) || CALL_TYPES.test(type) || RESULT_TYPES.test(type);
}

function isToolRole(role: unknown): boolean {
  return role === "tool" || role === "function" || role === "toolResult";
}

function blocksOfPart(part: JsonValue): readonly MessageBlock[] {
  if (typeof part === "string") return part === "" ? [] : [{ kind: "text", text: part }];
  if (!isObject(part)) return [{ kind: "data", label: "value", value: part }];
  const type = firstText(part, ["type"]);
  const text = firstText(part, ["text", "thinking"]);
  if (REASONING_TYPES.includes(type)) return [{ kind: "reasoning", text: reasoningOf(part) }];
  if (TEXT_TYPES.includes(type) || (type === "" && text !== "")) return [{ kind: "text", text }];
  if (CALL_TYPES.test(type)) return [callOf(part)];
  if (RESULT_TYPES.test(type)) return [resultOf(part)];
  if (type === "tool") return toolPart(part);
  if (ATTACHMENT_TYPES.test(type)) return [{ kind: "attachment", label: attachmentLabel(part, type) }];
  return [{ kind: "data", label: type === "" ? "part" : type, value: part }];
}

/** A call and its result in one part, as opencode has them. */
function toolPart(part: JsonObject): readonly MessageBlock[] {
  const state = isObject(part["state"]) ? part["state"] : {};
  const name = firstText(part, ["tool", "name"]);
  const output = state["output"] ?? state["error"];
  const call: MessageBlock = { kind: "tool-call", name, input: state["input"] ?? {} };
  if (output === undefined) return [call];
  return [call, { kind: "tool-result", name, output, isError: state["error"] !== undefined }];
}

/** What stands beside `content`. */
function blocksBeside(rest: JsonObject): readonly MessageBlock[] {
  const blocks: MessageBlock[] = [];
  const others: [key: string, value: JsonValue][] = [];
  for (const [key, value] of Object.entries(rest)) {
    if (value === undefined || value === null || ENVELOPE.has(key)) continue;
    const isReasoning = ["reasoning", "reasoning_content", "thinking"].includes(key);
    if (isReasoning && typeof value === "string") blocks.push({ kind: "reasoning", text: value });
    else if (["tool_calls", "toolCalls"].includes(key) && Array.isArray(value)) {
      for (const call of value) blocks.push(...callAndResult(call));
    } else if (key === "function_call" && isObject(value)) blocks.push(callOf(value));
    else if (!["name", "toolName", "tool_name", "type", "isError", "is_error"].includes(key))
      others.push([key, value]);
  }
  if (others.length > 0) {
    blocks.push({ kind: "data", label: OTHER_FIELDS, value: Object.fromEntries(others) });
  }
  return blocks;
}

function callAndResult(call: JsonValue): readonly MessageBlock[] {
  if (!isObject(call)) return [{ kind: "data", label: "tool call", value: call }];
  const made = callOf(isObject(call["function"]) ? call["function"] : call);
  const { result } = call;
  return result === undefined || made.kind !== "tool-call"
    ? [made]
    : [made, { kind: "tool-result", name: made.name, output: plainOutput(result), isError: false }];
}

function callOf(part: JsonObject): MessageBlock {
  const input = part["input"] ?? part["arguments"] ?? part["args"] ?? part["action"] ?? {};
  return {
    kind: "tool-call",
    name: firstText(part, ["name", "toolName", "tool"]),
    input: typeof input === "string" ? parsedOr(input) : input,
  };
}

function resultOf(part: JsonObject): MessageBlock {
  const output = part["content"] ?? part["output"] ?? part["result"] ?? "";
  return {
    kind: "tool-result",
    name: firstText(part, ["tool_name", "toolName", "name"]),
    output: plainOutput(output),
    isError: part["is_error"] === true || part["isError"] === true,
  };
}

/** The texts of a result that is nothing but texts, else the result as it is. */
function plainOutput(output: JsonValue): JsonValue {
  if (typeof output === "string") return parsedOr(output, (value) => isObject(value) || Array.isArray(value));
  if (!Array.isArray(output)) return memberOf(output, "text") ?? output;
  const texts = output.map((part) => (typeof part === "string" ? part : memberOf(part, "text")));
  return texts.every((text) => typeof text === "string") ? texts.join("\n") : output;
}

function reasoningOf(part: JsonObject): string {
  const text = firstText(part, ["text", "thinking", "content", "data"]);
  if (text !== "" || !Array.isArray(part["summary"])) return text;
  return part["summary"].map((piece) => String(memberOf(piece, "text") ?? "")).join("\n");
}

function attachmentLabel(part: JsonObject, type: string): string {
  const source = isObject(part["source"]) ? part["source"] : {};
  const kind = firstText({ ...source, ...part }, ["media_type", "mimeType", "mime", "mime_type"]);
  const name = firstText(part, ["filename", "name", "path", "title"]);
  return [type.replace(/^input_|_url$/g, ""), name, kind].filter((fact) => fact !== "").join(", ");
}

function firstText(object: JsonObject, names: readonly string[]): string {
  const found = names.map((name) => object[name]).find((value) => typeof value === "string");
  return typeof found === "string" ? found : "";
}

/** What a text of JSON stands for, if it is one and `fits`; else the text. */
function parsedOr(text: string, fits: (value: JsonValue) => boolean = () => true): JsonValue {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    const value = JSON.parse(text) as JsonValue;
    return fits(value) ? value : text;
  } catch {
    // A text that only begins like JSON.
    return text;
  }
}
