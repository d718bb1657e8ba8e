import { stringify } from "yaml";
import type { Format } from "../../file/test/engine-fixture.js";
import { yamlCodec } from "../src/yaml-codec.js";
import { openYamlSessionStore, readSessionFile } from "../src/yaml-session-store.js";

export const yamlFormat: Format = {
  codec: yamlCodec,
  open: openYamlSessionStore,
  readSessionFile,
  handWritten: (record) => `${stringify(record)}...\n`,
};
