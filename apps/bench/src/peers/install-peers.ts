import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ChildFailedError } from "../run-child.js";

/** The peers where they can be run: their packages, and the adapters beside them. */
export interface InstalledPeers {
  readonly folder: string;
  /** By package. */
  readonly versions: Readonly<Record<string, string>>;
}

const SOURCE = fileURLToPath(new URL("../peers/", import.meta.url));
/** Ignored by git, and no part of the workspace. */
const TARGET = fileURLToPath(new URL("../.peers/", import.meta.url));
const MANIFESTS = ["package.json", "package-lock.json"];

/**
 * Installs the peers from their lockfile, once for each lockfile and Node ABI. Builds native addons where there are none to
 * download, which takes minutes.
 *
 * @throws {ChildFailedError} when npm fails
 */
export async function installPeers(): Promise<InstalledPeers> {
  const folder = path.join(TARGET, `${lockfileHash()}-${process.versions.modules}`);
  const stamp = path.join(folder, ".installed");
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(SOURCE, "adapters"), path.join(folder, "adapters"), { recursive: true });
  if (!existsSync(stamp)) {
    for (const name of MANIFESTS) copyFileSync(path.join(SOURCE, name), path.join(folder, name));
    await npm(["ci", "--no-audit", "--no-fund"], folder);
    writeFileSync(stamp, "");
  }
  return { folder, versions: installedVersions(folder) };
}

function lockfileHash(): string {
  const lockfile = readFileSync(path.join(SOURCE, "package-lock.json"));
  return createHash("sha256").update(lockfile).digest("hex").slice(0, 12);
}

function installedVersions(folder: string): Record<string, string> {
  const manifest = readJson(path.join(folder, "package.json")) as { dependencies: Record<string, string> };
  const versions: Record<string, string> = {};
  for (const name of Object.keys(manifest.dependencies)) {
    const installed = readJson(path.join(folder, "node_modules", name, "package.json"));
    versions[name] = (installed as { version: string }).version;
  }
  return versions;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}

async function npm(args: readonly string[], folder: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn("npm", args, {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      // On Windows npm is a .cmd file.
      shell: process.platform === "win32",
    });
    let output = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.on("error", reject);
    child.on("close", (exitCode) => {
      if (exitCode === 0) resolve();
      else reject(new ChildFailedError(`npm ${args.join(" ")}`, exitCode, output));
    });
  });
}
