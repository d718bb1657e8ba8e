import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { packInstalled } from "./installed-packages.mjs";

/**
 * @typedef {import("./installed-packages.mjs").InstalledPackage} InstalledPackage
 * @typedef {import("./pack-packages.mjs").PackedPackage} PackedPackage
 * @typedef {PackedPackage | InstalledPackage} OfferedPackage
 */

/**
 * A package registry on the loopback interface: as much of one as `npm install` and `pnpm add` ask for. With it the packages are
 * installed by name, as a user installs them, before anybody has published them.
 */
export class PackageRegistry {
  #server = createServer((request, response) => void this.#answer(request.url ?? "/", response));
  /** @type {Map<string, OfferedPackage[]>} */
  #versions = new Map();
  /** @type {Map<string, Promise<Buffer>>} */
  #tarballs = new Map();
  #folder;
  url = "";

  /** @param {string} folder For tarballs of installed packages, which are made when somebody asks for them. */
  constructor(folder) {
    this.#folder = folder;
  }

  /**
   * @param {readonly OfferedPackage[]} packages
   * @param {string} folder
   */
  static async start(packages, folder) {
    const registry = new PackageRegistry(folder);
    for (const offered of packages) {
      const { name } = offered.manifest;
      registry.#versions.set(name, [...(registry.#versions.get(name) ?? []), offered]);
    }
    await new Promise((resolve) => registry.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const address = registry.#server.address();
    if (address === null || typeof address === "string") throw new Error("the registry has no port");
    registry.url = `http://127.0.0.1:${address.port}/`;
    return registry;
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(() => resolve(undefined)));
  }

  /**
   * `/NAME` is answered with a package's versions, `/-/NAME@VERSION.tgz` with a tarball.
   *
   * @param {string} url
   * @param {import("node:http").ServerResponse} response
   */
  async #answer(url, response) {
    const asked = decodeURIComponent(new URL(url, "http://localhost").pathname).slice(1);
    try {
      if (!asked.startsWith("-/")) return await this.#answerVersions(asked, response);
      const wanted = asked.slice("-/".length, -".tgz".length);
      const offered = [...this.#versions.values()].flat().find((one) => keyOf(one) === wanted);
      if (offered === undefined) return notFound(response);
      response.writeHead(200, { "content-type": "application/octet-stream" });
      response.end(await this.#tarballOf(offered));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }

  /**
   * @param {string} name
   * @param {import("node:http").ServerResponse} response
   */
  async #answerVersions(name, response) {
    const offered = this.#versions.get(name);
    if (offered === undefined) return notFound(response);
    const versions = await Promise.all(
      offered.map(async (one) => {
        const integrity = createHash("sha512")
          .update(await this.#tarballOf(one))
          .digest("base64");
        const dist = { tarball: `${this.url}-/${keyOf(one)}.tgz`, integrity: `sha512-${integrity}` };
        return { ...one.manifest, dist };
      }),
    );
    const byVersion = Object.fromEntries(versions.map((version) => [version.version, version]));
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ name, "dist-tags": { latest: newest(offered) }, versions: byVersion }));
  }

  /** @param {OfferedPackage} offered */
  #tarballOf(offered) {
    const key = keyOf(offered);
    let bytes = this.#tarballs.get(key);
    if (bytes === undefined) {
      bytes = this.#pack(offered);
      this.#tarballs.set(key, bytes);
    }
    return bytes;
  }

  /** @param {OfferedPackage} offered */
  async #pack(offered) {
    if ("tarball" in offered) return readFileSync(offered.tarball);
    const tarball = path.join(this.#folder, `${keyOf(offered).replaceAll(/[^\w.-]/g, "_")}.tgz`);
    await packInstalled(offered, tarball);
    return readFileSync(tarball);
  }
}

/** @param {OfferedPackage} offered */
function keyOf({ manifest }) {
  return `${manifest.name}@${manifest.version}`;
}

/** @param {readonly OfferedPackage[]} offered */
function newest(offered) {
  const versions = offered.map(({ manifest }) => manifest.version);
  return versions.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
}

/** @param {import("node:http").ServerResponse} response */
function notFound(response) {
  response.writeHead(404, { "content-type": "application/json" }).end('{"error":"not found"}');
}
