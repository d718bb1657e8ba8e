import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { newCli } from "./run-cli.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = path.join(ROOT, "bin", "agent-sessions.js");

/** Writes what was loaded to the file that LOADED names: Node's own modules, and files. */
const WATCH = `process.on("exit", () => require("node:fs").writeFileSync(process.env.LOADED, JSON.stringify({
  builtins: process.moduleLoadList.map((name) => name.replace(/^NativeModule /, "")),
  files: Object.keys(require.cache),
})));`;

interface Loaded {
  readonly builtins: readonly string[];
  readonly files: readonly string[];
}

async function loadedBy(...args: readonly string[]): Promise<Loaded> {
  const { folder } = await newCli();
  const [hook, loaded] = [path.join(folder, "watch.cjs"), path.join(folder, "loaded.json")];
  await writeFile(hook, WATCH);
  const env = { PATH: process.env["PATH"], HOME: folder, LOADED: loaded };
  execFileSync(process.execPath, ["--require", hook, PROGRAM, ...args], {
    cwd: folder,
    env,
    stdio: "ignore",
  });
  return JSON.parse(readFileSync(loaded, "utf8")) as Loaded;
}

describe("starting", () => {
  // Each of them costs milliseconds, and came in by an import that nobody noticed.
  it.each(["sqlite:./s.db", "json:./s"])(
    "list of %s loads none of Node's heavy modules, and only what it needs",
    async (url) => {
      const { builtins, files } = await loadedBy("--store", url, "list");
      expect(builtins).toContain("fs");
      for (const heavy of ["crypto", "child_process", "http", "worker_threads", "zlib", "perf_hooks"])
        expect(builtins).not.toContain(heavy);
      const chunks = files.filter(
        (file) => file.endsWith(".cjs") && file.startsWith(path.join(ROOT, "dist")),
      );
      expect(chunks.length).toBeGreaterThan(1);
      const bytes = chunks.reduce((sum, file) => sum + statSync(file).size, 0);
      expect(bytes).toBeLessThan(800_000);
      // Neither our own packages nor libraries: all but native parts is bundled.
      expect(files.filter((file) => file.includes("node_modules") && !file.endsWith(".node"))).toEqual([]);
    },
  );

  it("keeps compiled code in the user's cache folder, where Node can, and nowhere for a user without one", async () => {
    const { folder } = await newCli();
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    const run = (env: NodeJS.ProcessEnv): unknown =>
      execFileSync(process.execPath, [PROGRAM, "--version"], {
        cwd: folder,
        env: { ...env, TMPDIR: folder },
      });
    run({});
    const canCache = major > 22 || (major === 22 && minor >= 1);
    run({ XDG_CACHE_HOME: path.join(folder, "cache"), HOME: folder, LOCALAPPDATA: folder });
    const kept = [path.join("cache", "agent-sessions"), "agent-sessions", path.join("Library", "Caches")];
    expect(kept.some((one) => existsSync(path.join(folder, one)))).toBe(canCache);
  });
});

describe("the bundle", () => {
  it("carries the licence of every package in it", () => {
    const notices = readFileSync(path.join(ROOT, "dist", "THIRD-PARTY-NOTICES.txt"), "utf8");
    for (const name of ["commander", "yaml", "valibot", "lilconfig", "string-width", "better-sqlite3"])
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, "m"));
    expect(notices.match(/Permission (?:is hereby granted|to use)/g)?.length).toBeGreaterThan(5);
  });

  // Two parts of one package: the class that is bundled, and the native part that is installed.
  it("pins the driver that it holds a part of", () => {
    const manifest = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    expect(Object.keys(manifest.dependencies)).toEqual(["better-sqlite3", "fs-native-extensions"]);
    const catalog = readFileSync(path.join(ROOT, "..", "..", "pnpm-workspace.yaml"), "utf8");
    expect(catalog).toMatch(/^ {2}better-sqlite3: \d+\.\d+\.\d+$/m);
  });
});
