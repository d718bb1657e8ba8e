import { bindContract } from "@agent-sessions/core/contract";
import { describe, it } from "vitest";
import { fileHarness } from "../../file/test/file-harness.js";
import { jsonCodec } from "../src/json-codec.js";
import { openJsonSessionStore } from "../src/json-session-store.js";

const harness = fileHarness({
  codec: jsonCodec,
  open: openJsonSessionStore,
  module: new URL("../dist/index.js", import.meta.url).href,
  exportName: "openJsonSessionStore",
  entryMark: ['{"at"', '}"at"'],
  titleMark: '"title":',
  unknownField: '"fieldOfTomorrow":{"a":[1]},',
});

bindContract(harness, { describe, it });
