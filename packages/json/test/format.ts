import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { type Format, reordered } from "../../file/test/engine-fixture.js";
import { jsonCodec } from "../src/json-codec.js";
import { openJsonSessionStore, readSessionFile } from "../src/json-session-store.js";

export const jsonFormat: Format = {
  codec: jsonCodec,
  open: openJsonSessionStore,
  readSessionFile,
  handWritten: (record) => `${JSON.stringify(record)}\n`,
  pieces: (content) =>
    content
      .replace(/^\ufeff/, "")
      .split(/(?<=\n)/)
      .map((text) => ({
        text,
        isClosed: text.endsWith("\n"),
        parse: () => (text.trim() === "" ? undefined : (JSON.parse(text) as JsonValue)),
      })),
  reorder: (record, order) => {
    const fields = Object.entries(JSON.parse(record) as JsonObject);
    return `${JSON.stringify(Object.fromEntries(reordered(fields, order)))}\n`;
  },
};
