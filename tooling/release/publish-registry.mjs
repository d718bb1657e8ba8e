import { createServer } from "node:http";
import { json } from "node:stream/consumers";

/**
 * @typedef {object} Publication What `npm publish` sends.
 * @property {string} name
 * @property {Readonly<Record<string, string>>} dist-tags
 * @property {Readonly<Record<string, { version: string }>>} versions
 * @property {Readonly<Record<string, { data: string }>>} _attachments Tarballs in Base64.
 */

/** A package registry on the loopback interface that takes what is published, to try a release on. */
export class PublishRegistry {
  #server = createServer((request, response) => void this.#answer(request, response));
  /** @type {Map<string, { name: string, "dist-tags": Record<string, string>, versions: Record<string, object> }>} */
  #packages = new Map();
  url = "";
  /** What was published, as `name@version`, in that order. */
  published = /** @type {string[]} */ ([]);
  /** The package that it refuses, as one that fails in the middle of a release does. */
  refused = "";

  static async start() {
    const registry = new PublishRegistry();
    await new Promise((resolve) => registry.#server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const address = registry.#server.address();
    if (address === null || typeof address === "string") throw new Error("the registry has no port");
    registry.url = `http://127.0.0.1:${address.port}/`;
    return registry;
  }

  /** npm's setting that lets it publish here. */
  get credentials() {
    return `${this.url.replace("http:", "")}:_authToken=scratch\n`;
  }

  /**
   * The version that a tag stands for.
   *
   * @param {string} name
   * @param {string} tag
   */
  tagged(name, tag) {
    return this.#packages.get(name)?.["dist-tags"][tag];
  }

  async close() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(() => resolve(undefined)));
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  async #answer(request, response) {
    const name = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname).slice(1);
    const { status, body } =
      request.method === "PUT" ? this.#take(await readBody(request)) : this.#show(name);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  /** @param {string} name */
  #show(name) {
    const found = this.#packages.get(name);
    return found === undefined ? { status: 404, body: { error: "not found" } } : { status: 200, body: found };
  }

  /** @param {Publication} publication */
  #take({ name, "dist-tags": tags, versions }) {
    if (name === this.refused) return { status: 503, body: { error: "try again later" } };
    const known = this.#packages.get(name) ?? { name, "dist-tags": {}, versions: {} };
    for (const version of Object.keys(versions)) {
      if (version in known.versions) return { status: 403, body: { error: "published already" } };
      this.published.push(`${name}@${version}`);
    }
    Object.assign(known["dist-tags"], tags);
    Object.assign(known.versions, versions);
    this.#packages.set(name, known);
    return { status: 201, body: { ok: true } };
  }
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @returns {Promise<Publication>}
 */
async function readBody(request) {
  return /** @type {Publication} */ (await json(request));
}
