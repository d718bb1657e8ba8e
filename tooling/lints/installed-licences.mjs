import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { readManifest } from "./published-packages.mjs";

/**
 * The licence of everything that a user's `npm install` brings along with a package, by `name version`: its
 * dependencies and peers, and theirs in turn. Optional ones that are not installed, such as those for other systems,
 * are left out.
 *
 * @param {string} folder Absolute path of the package.
 * @param {Map<string, string>} [found]
 * @returns {Map<string, string>}
 */
export function installedLicences(folder, found = new Map()) {
  const {
    dependencies,
    optionalDependencies,
    peerDependencies = {},
    peerDependenciesMeta,
  } = readManifest(folder);
  const peers = Object.keys(peerDependencies).filter(
    (name) => peerDependenciesMeta?.[name]?.optional !== true,
  );
  for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]) {
    const place = installedAt(folder, name);
    if (place === null) continue;
    const { version, license } = readManifest(place);
    const key = `${name} ${version}`;
    if (found.has(key)) continue;
    found.set(key, typeof license === "string" ? license : (license?.type ?? "none named"));
    installedLicences(place, found);
  }
  return found;
}

/**
 * The folder that Node would find a package in; null where it is not installed.
 *
 * @param {string} from
 * @param {string} name
 */
function installedAt(from, name) {
  // Not by its manifest's own name: many packages do not export their `package.json`.
  const places = createRequire(path.join(from, "package.json")).resolve.paths(name) ?? [];
  const place = places.map((folder) => path.join(folder, name)).find((folder) => existsSync(folder));
  // Where it really lies are its own dependencies.
  return place === undefined ? null : realpathSync(place);
}
