import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const WORKSPACE = fileURLToPath(new URL("../../../", import.meta.url));
/** Where the workspace has what the packages depend on. */
const INSTALLED = ["apps/cli", "packages/file", "packages/sqlite", "examples/leveldb-adapter"];

export interface Outcome {
  readonly exitCode: number;
  readonly output: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * A project outside the workspace, with this adapter, core and the program as their packed tarballs bring them. A registry is not
 * asked: of packages by others, those that the packed manifests name are linked from where the workspace has installed them, and
 * vitest, which takes a network and half a minute to install.
 */
export class Stranger {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Stranger> {
    const stranger = new Stranger(
      await mkdtemp(path.join(await realpath(tmpdir()), "leveldb-adapter-packed-")),
    );
    try {
      await stranger.write("package.json", '{ "private": true, "type": "module" }\n');
      const manifests = await stranger.#installTarballs();
      const named = manifests.flatMap(({ dependencies = {} }) => Object.keys(dependencies));
      for (const name of new Set([...named, "vitest"])) await stranger.#link(name);
    } catch (error) {
      await stranger.remove();
      throw error;
    }
    return stranger;
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(path.join(this.folder, name), text);
  }

  /** Runs Node there, as somebody would in a shell. */
  async node(...args: readonly string[]): Promise<Outcome> {
    const { PATH, HOME, TMPDIR } = process.env;
    const options = { cwd: this.folder, env: { PATH, HOME, TMPDIR, NO_COLOR: "1" }, maxBuffer: 2 ** 26 };
    try {
      const { stdout, stderr } = await run(process.execPath, [...args], options);
      return { exitCode: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { exitCode: code, output: stdout + stderr };
    }
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #installTarballs(): Promise<readonly Manifest[]> {
    const tarballs = path.join(this.folder, "tarballs");
    const pnpm = path.join(WORKSPACE, "node_modules/pnpm/bin/pnpm.cjs");
    const wanted = ["--filter", "agent-sessions...", "--filter", "example-leveldb-adapter"];
    await run(process.execPath, [pnpm, ...wanted, "pack", "--pack-destination", tarballs], {
      cwd: WORKSPACE,
    });
    const manifests: Manifest[] = [];
    for (const tarball of readdirSync(tarballs)) {
      const unpacked = path.join(tarballs, path.basename(tarball, ".tgz"));
      await mkdir(unpacked);
      await run("tar", ["-xzf", path.join(tarballs, tarball), "-C", unpacked]);
      const manifest = JSON.parse(readFileSync(path.join(unpacked, "package/package.json"), "utf8"));
      manifests.push(manifest);
      await rename(path.join(unpacked, "package"), await this.#placeFor(manifest.name));
    }
    return manifests;
  }

  async #link(name: string): Promise<void> {
    if (existsSync(path.join(this.folder, "node_modules", name))) return;
    const places = INSTALLED.map((folder) => path.join(WORKSPACE, folder, "node_modules", name));
    const place = places.find((candidate) => existsSync(candidate));
    if (place === undefined) throw new Error(`${name} is named by a packed manifest, and installed nowhere`);
    await symlink(await realpath(place), await this.#placeFor(name), "junction");
  }

  async #placeFor(name: string): Promise<string> {
    const place = path.join(this.folder, "node_modules", name);
    await mkdir(path.dirname(place), { recursive: true });
    return place;
  }
}
