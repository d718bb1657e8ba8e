/** @typedef {import("./pack-packages.mjs").Manifest} Manifest */

/** What opens a store that a package brings. */
const STORES = new Map([
  ["@agent-sessions/core", "memory:"],
  ["@agent-sessions/json", "json:./json"],
  ["@agent-sessions/sqlite", "sqlite:./sessions.db"],
  ["@agent-sessions/yaml", "yaml:./yaml"],
]);

const OPENED = "Hello from where it is installed";

/**
 * The names under which a package is imported.
 *
 * @param {Manifest} manifest
 */
export function entryPoints({ name, exports = {} }) {
  return Object.keys(exports)
    .filter((entry) => entry !== "./package.json")
    .map((entry) => `${name}${entry.slice(1)}`);
}

/**
 * Imports every entry point of a package by name and uses the store that the package brings, if it brings one.
 *
 * @param {import("./stranger.mjs").Stranger} stranger
 * @param {Manifest} manifest
 * @param {"import" | "require"} how
 * @throws {Error} With what the program printed, when that does not work.
 */
export async function importPackage(stranger, manifest, how) {
  const folder = `${how}-${manifest.name.replaceAll(/\W/g, "-")}`;
  const program = how === "import" ? `${folder}/program.mjs` : `${folder}/program.cjs`;
  stranger.write(program, programOf(manifest, how));
  const cwd = `${stranger.folder}/${folder}`;
  const { exitCode, output } = await stranger.node([program.slice(folder.length + 1)], { cwd });
  if (exitCode !== 0 || !output.includes(OPENED))
    throw new Error(`${program} ended with ${exitCode}:\n${output}`);
}

/**
 * @param {Manifest} manifest
 * @param {"import" | "require"} how
 */
function programOf(manifest, how) {
  const entries = entryPoints(manifest);
  const url = STORES.get(manifest.name);
  const names = url === undefined ? entries : [...new Set(["@agent-sessions/core", ...entries])];
  const lines = names.map((name, index) =>
    how === "import"
      ? `import * as entry${index} from ${JSON.stringify(name)};`
      : `const entry${index} = require(${JSON.stringify(name)});`,
  );
  const list = names.map((name, index) => `[${JSON.stringify(name)}, entry${index}]`).join(", ");
  return `${lines.join("\n")}
for (const [name, entry] of [${list}]) {
  if (Object.keys(entry).length === 0) throw new Error(name + " exports nothing");
}
${url === undefined ? `console.log(${JSON.stringify(OPENED)});` : useStore(url)}
`;
}

/** @param {string} url */
function useStore(url) {
  return `(async () => {
  const store = await entry0.openStore(${JSON.stringify(url)});
  await store.append("a", { role: "user", content: ${JSON.stringify(OPENED)} }, { createIfMissing: true });
  console.log((await store.load("a")).messages[0].content);
  await store.close();
})();`;
}
