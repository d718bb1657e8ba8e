import { Stranger } from "./stranger.mjs";

/** A stranger's project with every package installed. */
export class Project {
  stranger;
  programs;
  /** @type {Map<string, unknown>} */
  #results = new Map();

  /**
   * @param {Stranger} stranger
   * @param {string} programs Where the installed program is.
   */
  constructor(stranger, programs) {
    this.stranger = stranger;
    this.programs = programs;
  }

  /**
   * @param {import("./stranger.mjs").StrangerOptions} options
   * @param {object} contents
   * @param {import("./stranger.mjs").Installer} contents.installer
   * @param {readonly import("./pack-packages.mjs").PackedPackage[]} contents.packed
   * @param {Readonly<Record<string, string>>} [contents.versions] Of packages by others, where not the newest that fits is meant.
   */
  static async install(options, { installer, packed, versions = {} }) {
    const stranger = new Stranger(options);
    try {
      const program = packed.find(({ manifest }) => manifest.name === "agent-sessions");
      if (program === undefined) throw new Error("the program was not packed");
      const libraries = packed.filter((one) => one !== program).map(({ manifest }) => manifest.name);
      const peers = Object.assign({}, ...packed.map(({ manifest }) => manifest.peerDependencies ?? {}));
      // The compiler asks for the types of Node.
      const others = Object.entries({ ...peers, "@types/node": "*", ...versions }).map(
        ([name, version]) => `${name}@${version}`,
      );
      // The name of the program has no scope, so the registry of others would be asked for it.
      await stranger.install(installer, [...libraries, program.tarball, ...others]);
      if (installer === "pnpm") return new Project(stranger, stranger.programs);
      return new Project(stranger, await stranger.installGlobally([program.tarball]));
    } catch (error) {
      stranger.remove();
      throw error;
    }
  }

  /**
   * The result of what several checks share, made by the first of them.
   *
   * @template T
   * @param {string} name
   * @param {() => T} make
   * @returns {T}
   */
  once(name, make) {
    if (!this.#results.has(name)) this.#results.set(name, make());
    return /** @type {T} */ (this.#results.get(name));
  }

  remove() {
    this.stranger.remove();
  }
}
