import { bindContract } from "@agent-sessions/core/contract";
import { describe, it } from "vitest";
import { fileHarness } from "../../file/test/file-harness.js";
import { yamlCodec } from "../src/yaml-codec.js";
import { openYamlSessionStore } from "../src/yaml-session-store.js";

const harness = fileHarness({
  codec: yamlCodec,
  open: openYamlSessionStore,
  module: new URL("../dist/index.js", import.meta.url).href,
  exportName: "openYamlSessionStore",
  entryMark: ["- at:", "] at:"],
  titleMark: "  title:",
  unknownField: "  fieldOfTomorrow:\n    a:\n      - 1\n",
});

bindContract(harness, { describe, it });
