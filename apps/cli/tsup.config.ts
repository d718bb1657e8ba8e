import { defineConfig } from "tsup";
import { commonJsChunks } from "./build/common-js-chunks.js";
import { lazyBuiltins } from "./build/lazy-builtins.js";
import { mergeChunks } from "./build/merge-chunks.js";
import { removeStale } from "./build/remove-stale.js";
import { thirdPartyNotices } from "./build/third-party-notices.js";

const startedAtMs = Date.now();
/** File systems round the times of files. */
const CLOCK_MS = 2000;

const SQLITE = "src/open-sqlite-store.ts";
const JSON_FILES = "packages/json/dist/index.js";

// A program that nobody imports, and that has to start quickly: docs/adr/0012-how-the-cli-starts.md.
export default defineConfig({
  entry: { "agent-sessions": "src/start.ts" },
  format: "esm",
  outExtension: () => ({ js: ".cjs" }),
  target: "node20",
  splitting: true,
  removeNodeProtocol: false,
  // Everything but native modules and optional peers; better-sqlite3 looks for its own with `bindings`, which this program does itself.
  noExternal: [/^(?!node:|fs-native-extensions$|bindings$|pg$)/],
  external: ["fs-native-extensions", "bindings", "pg"],
  inject: ["build/monotonic-clock.ts"],
  esbuildPlugins: [
    lazyBuiltins(),
    thirdPartyNotices("dist/THIRD-PARTY-NOTICES.txt"),
    mergeChunks([
      { entry: "src/start.ts" },
      { entry: "src/main.ts", commonTo: [SQLITE, JSON_FILES] },
      { entry: SQLITE },
      { entry: JSON_FILES },
    ]),
  ],
  plugins: [commonJsChunks()],
  onSuccess: async () => await removeStale("dist", startedAtMs - CLOCK_MS),
});
