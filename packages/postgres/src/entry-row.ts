import type { JsonObject } from "@agent-sessions/core";

/** The message in a row of `entries`; null when it is no JSON object. */
export function parseMessage(json: string): JsonObject | null {
  try {
    const message: unknown = JSON.parse(json);
    const isObject = typeof message === "object" && message !== null && !Array.isArray(message);
    return isObject ? (message as JsonObject) : null;
  } catch {
    return null;
  }
}
