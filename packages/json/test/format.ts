import type { Format } from "../../file/test/engine-fixture.js";
import { jsonCodec } from "../src/json-codec.js";
import { openJsonSessionStore, readSessionFile } from "../src/json-session-store.js";

export const jsonFormat: Format = {
  codec: jsonCodec,
  open: openJsonSessionStore,
  readSessionFile,
  handWritten: (record) => `${JSON.stringify(record)}\n`,
};
