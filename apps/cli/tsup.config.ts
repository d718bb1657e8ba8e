import { defineConfig, type Options } from "tsup";
import { commonJsChunks } from "./build/common-js-chunks.js";
import { lazyBuiltins } from "./build/lazy-builtins.js";
import { mergeChunks } from "./build/merge-chunks.js";
import { removeStale } from "./build/remove-stale.js";
import { thirdPartyNotices } from "./build/third-party-notices.js";
import { versionAlone } from "./build/version-alone.js";

const startedAtMs = Date.now();
/** File systems round the times of files. */
const CLOCK_MS = 2000;

const CONFIG = "src/config-file.ts";
const SQLITE = "src/open-sqlite-store.ts";
const JSON_FILES = "packages/json/dist/index.js";

const COMMON: Options = {
  format: "esm",
  outExtension: () => ({ js: ".cjs" }),
  target: "node20",
  removeNodeProtocol: false,
  plugins: [commonJsChunks()],
};

// A program that nobody imports, and that has to start quickly: docs/adr/0012-how-the-cli-starts.md.
export default defineConfig([
  {
    ...COMMON,
    // By itself, and small: it is compiled at each start.
    entry: { "agent-sessions": "src/start.ts" },
    esbuildPlugins: [versionAlone(), programApart()],
  },
  {
    // As it is written, for what the other builds make of it is a call of this.
    ...COMMON,
    entry: { "import-module": "src/import-module.cts" },
    format: "cjs",
    plugins: [],
  },
  {
    ...COMMON,
    entry: { main: "src/main.ts" },
    splitting: true,
    // Everything but native modules and optional peers; better-sqlite3 looks for its own with `bindings`, which this program does itself.
    noExternal: [/^(?!node:|fs-native-extensions$|bindings$|pg$)/],
    external: ["fs-native-extensions", "bindings", "pg"],
    inject: ["build/monotonic-clock.ts"],
    esbuildPlugins: [
      versionAlone(),
      lazyBuiltins(),
      thirdPartyNotices("dist/THIRD-PARTY-NOTICES.txt"),
      mergeChunks([
        { entry: "src/main.ts", commonTo: [CONFIG, SQLITE, JSON_FILES] },
        { entry: SQLITE },
        { entry: JSON_FILES },
      ]),
    ],
    onSuccess: async () => await removeStale("dist", startedAtMs - CLOCK_MS),
  },
]);

/** The rest of the program is built by itself. */
function programApart(): NonNullable<Options["esbuildPlugins"]>[number] {
  return {
    name: "program-apart",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/main\.js$/ }, () => ({ path: "./main.cjs", external: true }));
    },
  };
}
