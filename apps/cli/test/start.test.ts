import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Script } from "node:vm";
import { describe, expect, it } from "vitest";
import { withImportedBuiltins } from "../build/imported-builtins.js";
import { COMMAND_NAMES, commandNamed, GLOBAL_VALUES } from "../src/command-names.js";
import { COMMANDS } from "../src/commands.js";
import { CodeFile } from "../src/compiled-code/code-file.js";
import { keepCompiledCode } from "../src/compiled-code/keep-compiled-code.js";
import { MAIN_CHUNK } from "../src/compiled-code/kept-chunks.js";
import { Interrupt } from "../src/interrupt.js";
import { createProgram } from "../src/program.js";
import { newCli } from "./run-cli.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = path.join(ROOT, "dist", "agent-sessions.cjs");

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
  return await loadedIn(await newCli(), args);
}

/** @param stdio of stdout and stderr */
async function loadedIn(
  { folder }: { readonly folder: string },
  args: readonly string[],
  stdio: "pipe" | "ignore" = "pipe",
): Promise<Loaded> {
  const [hook, loaded] = [path.join(folder, "watch.cjs"), path.join(folder, "loaded.json")];
  await writeFile(hook, WATCH);
  // With kept code, chunks are loaded without Node's loader, which could not tell of them.
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    LOADED: loaded,
    NODE_DISABLE_COMPILE_CACHE: "1",
  };
  expect(
    spawnSync(process.execPath, ["--require", hook, PROGRAM, ...args], { cwd: folder, env, stdio }).status,
  ).toBe(0);
  return JSON.parse(readFileSync(loaded, "utf8")) as Loaded;
}

describe("starting", () => {
  // Each of them costs milliseconds, and came in by an import that nobody noticed.
  it.each([
    ["sqlite:./s.db", 3],
    ["json:./s", 3],
    // What is its own, without the library.
    ["yaml:./s", 4],
  ])("list of %s loads none of Node's heavy modules, and only what it needs", async (url, fileCount) => {
    const { builtins, files } = await loadedBy("--store", url, "list");
    expect(builtins).toContain("fs");
    for (const heavy of ["crypto", "child_process", "net", "stream", "worker_threads", "zlib", "perf_hooks"])
      expect(builtins).not.toContain(heavy);
    const chunks = files.filter((file) => file.endsWith(".cjs") && file.startsWith(path.join(ROOT, "dist")));
    expect(chunks.length).toBe(fileCount);
    const bytes = chunks.reduce((sum, file) => sum + statSync(file).size, 0);
    expect(bytes).toBeLessThan(800_000);
    // Neither our own packages nor libraries: all but native parts is bundled.
    expect(files.filter((file) => file.includes("node_modules") && !file.endsWith(".node"))).toEqual([]);
  });

  it("list into nowhere loads no streams", async () => {
    const { builtins } = await loadedIn(await newCli(), ["--store", "json:./s", "list"], "ignore");
    expect(builtins).not.toContain("stream");
  });

  // Its reader took a whole backend along, in every project that depends on this one.
  it("list in a project that only depends on agent-sessions loads no reader of config files", async () => {
    const cli = await newCli();
    const manifest = { name: "a-project", devDependencies: { "agent-sessions": "^0.1.0" } };
    await writeFile(path.join(cli.folder, "package.json"), JSON.stringify(manifest));
    const args = ["--store", "json:./s", "list"];
    expect((await loadedIn(cli, args)).files.length).toBe((await loadedBy(...args)).files.length);
  });

  it("a config file loads its reader, and no backend but the one that it names", async () => {
    const cli = await newCli();
    await writeFile(path.join(cli.folder, ".agent-sessionsrc"), '{ "store": "json:./s" }');
    const { files } = await loadedIn(cli, ["list"]);
    expect(files.filter((file) => /config-file-/.test(file)).length).toBe(1);
    expect(files.filter((file) => /sqlite/.test(file))).toEqual([]);
  });
});

/** What runs have kept in the folder of the compiled code, with when it was written. */
function kept(folder: string): ReadonlyMap<string, number> {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return new Map(names.map((name) => [name, statSync(path.join(folder, name)).mtimeMs]));
}

describe("compiled code", () => {
  async function newUser(): Promise<{
    readonly folder: string;
    readonly compiled: string;
    run(env?: NodeJS.ProcessEnv): string;
  }> {
    const { folder } = await newCli();
    const config = path.join(folder, "config.mjs");
    await writeFile(config, 'export default { store: "json:./s" };');
    const run = (env: NodeJS.ProcessEnv = { XDG_CACHE_HOME: path.join(folder, "cache") }): string =>
      execFileSync(process.execPath, [PROGRAM, "list", "--config", config, "--json"], {
        cwd: folder,
        env: { ...env, TMPDIR: folder },
        encoding: "utf8",
      });
    return { folder, compiled: path.join(folder, "cache", "agent-sessions", "compiled"), run };
  }

  it.skipIf(process.platform !== "linux")("is kept in the user's cache folder, and used again", async () => {
    const { compiled, run } = await newUser();
    const first = run();
    const written = kept(compiled);
    expect(written.size).toBeGreaterThan(0);
    expect(statSync(compiled).mode & 0o077).toBe(0);
    // The config is a module, which code from the cache has to be able to import.
    expect(run()).toBe(first);
    expect(kept(compiled)).toEqual(written);
  });

  // V8 would take the code of any file of that name and length.
  it("is kept of nothing but the program itself", async () => {
    const { folder } = await newUser();
    const config = path.join(folder, "config.cjs");
    for (const namespace of ["a", "b"]) {
      await writeFile(config, `module.exports = { store: "json:./s", namespace: "${namespace}" };`);
      const args = [PROGRAM, "config", "--config", config, "--json"];
      const env = { XDG_CACHE_HOME: path.join(folder, "cache"), TMPDIR: folder };
      const said = JSON.parse(
        execFileSync(process.execPath, args, { cwd: folder, env, encoding: "utf8" }),
      ) as object;
      expect(said).toMatchObject({ namespace: { value: namespace } });
    }
  });

  // A build may differ in no length: the names of its chunks, which the main one holds, are all as long.
  it("goes with every build", async () => {
    const { folder } = await newCli();
    const built = path.join(folder, "dist");
    cpSync(path.join(ROOT, "dist"), built, { recursive: true, preserveTimestamps: true });
    const help = (): string =>
      execFileSync(process.execPath, [path.join(built, "agent-sessions.cjs"), "list", "--help"], {
        env: { XDG_CACHE_HOME: path.join(folder, "cache"), TMPDIR: folder },
        encoding: "utf8",
      });
    for (let i = 0; i < 2; i++) expect(help()).toContain("Global Options:");
    const main = path.join(built, MAIN_CHUNK);
    writeFileSync(main, readFileSync(main, "latin1").replace("Global Options:", "Options of all:"), "latin1");
    expect(help()).toContain("Options of all:");
  });

  it("that is damaged is made anew", async () => {
    const { compiled, run } = await newUser();
    const first = run();
    const files = [...kept(compiled).keys()]
      .map((name) => path.join(compiled, name))
      .filter((file) => statSync(file).isFile());
    for (const file of files) {
      const sound = readFileSync(file);
      const wrong = Buffer.from(sound);
      // A bit in each kilobyte of the part that is run.
      for (let at = 600; at < wrong.length / 2; at += 1024) wrong[at] = (wrong[at] ?? 0) ^ 4;
      for (const damaged of [wrong, sound.subarray(0, sound.length >> 1), Buffer.alloc(0), "no code"]) {
        writeFileSync(file, damaged);
        expect(run()).toBe(first);
        expect(readFileSync(file).length).toBeGreaterThan(sound.length / 2);
      }
    }
  });

  it("is kept nowhere without a home, where it is not wanted, and where everybody may write", async () => {
    const { folder, compiled, run } = await newUser();
    const without = run({});
    const cache = path.join(folder, "cache");
    expect(run({ XDG_CACHE_HOME: cache, NODE_DISABLE_COMPILE_CACHE: "1" })).toBe(without);
    mkdirSync(cache);
    chmodSync(cache, 0o777);
    expect(run({ XDG_CACHE_HOME: cache })).toBe(without);
    expect(kept(compiled).size).toBe(0);
    expect(kept(folder).has("agent-sessions")).toBe(false);
  });

  it("is kept nowhere but in a folder that the user's group cannot write to, whatever lies above it", async () => {
    const { folder, compiled, run } = await newUser();
    mkdirSync(path.join(folder, "cache"));
    chmodSync(path.join(folder, "cache"), 0o775);
    mkdirSync(compiled, { recursive: true });
    chmodSync(compiled, 0o770);
    const without = run();
    expect(kept(compiled).size).toBe(0);
    chmodSync(compiled, 0o700);
    expect(run()).toBe(without);
    expect(kept(compiled).size).toBeGreaterThan(0);
  });

  it("is made by Node in a folder that is the user's alone", async () => {
    const { folder } = await newCli();
    const cache = path.join(folder, "cache");
    const modes: number[] = [];
    keepCompiledCode(
      { argv: [], env: { NODE_COMPILE_CACHE: undefined, XDG_CACHE_HOME: cache }, platform: "linux" },
      (made) => modes.push(statSync(made).mode & 0o777),
    );
    expect(modes).toEqual([0o700]);
  });

  it("that cannot be written is done without", async () => {
    const { folder, run } = await newUser();
    const without = run({});
    await writeFile(path.join(folder, "cache"), "a file in its place");
    expect(run()).toBe(without);
  });

  it("is not made where it could not be kept", async () => {
    const { folder } = await newCli();
    await writeFile(path.join(folder, "file"), "");
    const code = CodeFile.read(path.join(folder, "file", "list.code"), "1");
    let made = 0;
    code.add("chunk.cjs", { createCachedData: () => Buffer.alloc(++made) } as unknown as Script);
    code.save();
    expect(made).toBe(0);
  });

  it("that a killed run had begun to write goes with the next that is written", async () => {
    const { folder } = await newCli();
    const file = path.join(folder, "list.code");
    for (const name of ["list.code.1234", "show.code.1234", "list.code.d"])
      await writeFile(path.join(folder, name), "half");
    const code = CodeFile.read(file, "1");
    code.add("chunk.cjs", { createCachedData: () => Buffer.from("code") } as unknown as Script);
    code.save();
    expect([...kept(folder).keys()].sort()).toEqual(["list.code", "list.code.d", "show.code.1234"]);
    expect(CodeFile.read(file, "1").get("chunk.cjs")?.toString()).toBe("code");
  });

  it("is not kept where the program of Node is gone meanwhile", async () => {
    const { folder } = await newUser();
    const hook = path.join(folder, "gone.cjs");
    await writeFile(hook, 'process.execPath = "/nowhere/node";');
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--require", hook, PROGRAM, "--store", "json:./s", "list"],
      { cwd: folder, env: { XDG_CACHE_HOME: path.join(folder, "cache"), TMPDIR: folder }, encoding: "utf8" },
    );
    expect([status, stderr]).toEqual([0, expect.not.stringContaining("ENOENT")]);
  });

  it("is kept for every command by its name", () => {
    expect(COMMANDS.map(({ name }) => name)).toEqual([...COMMAND_NAMES]);
  });
});

describe("commandNamed()", () => {
  it.each([
    [["list"], "list"],
    [["create", "--title", "list"], "create"],
    [["--store", "json:./list", "show", "list"], "show"],
    [["--store", "list", "show"], "show"],
    [["--store=x", "--json", "show"], "show"],
    [["--namespace", "a", "--config", "b", "--debug", "stats"], "stats"],
    [["--", "list"], "list"],
    [["--", "--debug", "list"], undefined],
    [["lst", "list"], undefined],
    [["help", "list"], undefined],
    [["--store"], undefined],
    [[], undefined],
  ])("of %j is %s", (args, name) => {
    expect(commandNamed(args)).toBe(name);
  });

  it("knows every global option that takes a value", () => {
    const { options } = createProgram(new Interrupt(), []);
    expect(GLOBAL_VALUES).toEqual(options.filter(({ required }) => required).map(({ long }) => long));
  });
});

describe("stdout", () => {
  it("that does not wait gets everything", async () => {
    const { folder, run } = await newCli("json:./s");
    const text = "a line of a message\n".repeat(100_000);
    await run(["append", "s", "--create-if-missing"], { stdin: text });
    const server = net.createServer().listen(path.join(folder, "socket"));
    await once(server, "listening");
    const reader = net.connect(path.join(folder, "socket"));
    const [writer] = (await once(server, "connection")) as [net.Socket];
    // Both processes have the same end, which this one has made one that does not wait.
    const child = spawn(process.execPath, [PROGRAM, "show", "s"], {
      cwd: folder,
      env: { PATH: process.env["PATH"], HOME: folder, AGENT_SESSIONS_STORE: "json:./s" },
      stdio: ["ignore", writer, "ignore"],
    });
    writer.destroy();
    server.close();
    let shown = "";
    for await (const chunk of reader.setEncoding("utf8")) shown += String(chunk);
    expect(shown.endsWith(text)).toBe(true);
    expect(child.exitCode ?? (await once(child, "close"))[0]).toBe(0);
  });
});

describe("withImportedBuiltins()", () => {
  it("imports what our packages take from Node in another way", () => {
    const built = `const fs = process.getBuiltinModule("node:fs");
const {
  a,
  b: c
} = process.getBuiltinModule("node:fs/promises");
  const { createHash } = process.getBuiltinModule("node:crypto");
`;
    expect(withImportedBuiltins(built)).toBe(`import fs from "node:fs";
import {
  a,
  b as c
} from "node:fs/promises";
  const { createHash } = process.getBuiltinModule("node:crypto");
`);
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
