import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { SessionDeleteError, StoreIoError } from "@agent-sessions/core";
import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { reportError } from "../src/report-error.js";
import type { TextStream } from "../src/standard-stream.js";
import { type Cli, newCli } from "./run-cli.js";

const PROGRAM = fileURLToPath(new URL("../dist/agent-sessions.cjs", import.meta.url));

const MISTAKES: readonly (readonly [args: readonly string[], exitCode: number, code: string])[] = [
  [["show", "nope"], 3, "SESSION_NOT_FOUND"],
  [["append", "nope", "x"], 3, "SESSION_NOT_FOUND"],
  [["create", "--id", "taken"], 4, "SESSION_ALREADY_EXISTS"],
  [["append", "taken", "x", "--expected-revision", "9"], 4, "SESSION_CONFLICT"],
  [["create", "--id", "a\tb"], 2, "INVALID_SESSION_ID"],
  [["create", "--id", "x".repeat(600)], 2, "INVALID_SESSION_ID"],
  [["create", "--title", "a\u0007b"], 2, "INVALID_VALUE"],
  [["list", "--limit", "1001"], 2, "INVALID_QUERY"],
  [["list", "--cursor", "garbled"], 2, "INVALID_QUERY"],
  [["search", " "], 2, "INVALID_QUERY"],
  [["truncate", "taken", "x"], 2, "INVALID_OPTIONS"],
  [["truncate", "taken", "-1"], 2, "INVALID_OPTIONS"],
  [["list", "--no-such-option"], 2, "INVALID_OPTIONS"],
  [["no-such-command"], 2, "INVALID_OPTIONS"],
  // The help of everything, as though nothing were wrong.
  [["help", "lst"], 2, "INVALID_OPTIONS"],
  // It was written again as it was, and reported as changed.
  [["update", "taken"], 2, "INVALID_OPTIONS"],
  [["update", "taken", "--expected-revision", "1"], 2, "INVALID_OPTIONS"],
  [["append", "taken", "x", "--role", ""], 2, "INVALID_OPTIONS"],
  [["show", "taken:99"], 2, "INVALID_QUERY"],
  [["show"], 2, "INVALID_OPTIONS"],
  [["export"], 2, "INVALID_OPTIONS"],
  [["update", "taken", "--set", "a={"], 2, "INVALID_OPTIONS"],
  // One of the two was obeyed, and the other dropped in silence.
  [["update", "taken", "--pin", "--unpin"], 2, "INVALID_OPTIONS"],
  [["list", "--archived", "--not-archived"], 2, "INVALID_OPTIONS"],
  // JavaScript carries it over into March.
  [["list", "--updated-after", "2026-02-31"], 2, "INVALID_OPTIONS"],
  [["--store", "sqlite:./x.db?nope=1", "list"], 2, "INVALID_OPTIONS"],
  [["--store", "./x.db", "list"], 2, "INVALID_OPTIONS"],
  [["--store", "nosuchbackend:./x", "list"], 1, "BACKEND_NOT_INSTALLED"],
  [["--config", "missing.json", "list"], 2, "INVALID_OPTIONS"],
];

/** So many, and a number in each. */
function counters(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`counter${index}`, index]));
}

/** What a person sees of an error. */
function reported(error: unknown): string {
  let text = "";
  const stderr: TextStream = {
    write(content) {
      text += String(content);
    },
  };
  reportError(error, { json: false, debug: false, stderr, env: {} });
  return text;
}

describe("errors", () => {
  it("have an exit code and a code each, in text and in JSON, and change nothing", async () => {
    const cli = await newCli("json:./store");
    await cli.json("create", "--id", "taken");
    const before = await readdir(cli.folder, { recursive: true });
    for (const [args, code, errorCode] of MISTAKES) {
      const text = await cli.run(args);
      expect({ args, ...text }).toMatchObject({ args, code, stdout: "" });
      expect(text.stderr.trimEnd().split("\n")).toHaveLength(3);
      expect(text.stderr).toMatch(new RegExp(`^${errorCode} `));
      const json = await cli.run([...args, "--json"]);
      expect({ args, ...json }).toMatchObject({ args, code, stdout: "" });
      expect(JSON.parse(json.stderr)).toMatchObject({ code: errorCode });
    }
    expect(await readdir(cli.folder, { recursive: true })).toEqual(before);
  }, 60_000);

  it("say what to type instead of a value or a query that is refused", async () => {
    await using store = await openMemorySessionStore();
    await store.create({ id: "s", messages: [{ role: "user", content: "x" }] });
    const refused: readonly (readonly [() => Promise<unknown>, remedy: string])[] = [
      [() => store.list({ cursor: "garbled" }), "--cursor"],
      [() => store.list({ limit: 0 }), "--limit"],
      [() => store.search(" ")[Symbol.asyncIterator]().next(), "agent-sessions search "],
      [() => store.append("s", [{}], { replaceFrom: 9 }), "--replace-from"],
      [() => store.truncate("s", 9), "agent-sessions show ID"],
      [() => store.create({ labels: [""] }), "1 to 256 bytes"],
      [() => store.create({ labels: ["x".repeat(257)] }), "1 to 256 bytes"],
      [() => store.create({ labels: Array.from({ length: 257 }, (_, index) => `l${index}`) }), "256 labels"],
      [() => store.create({ title: "a\u0007b" }), "without control characters"],
      [() => store.create({ title: "x".repeat(4097) }), "--title with one line of up to 4096 bytes"],
      [() => store.create({ metadata: { key: "x".repeat(16_384) } }), "16384 bytes"],
      [() => store.append("s", [{}], { usage: counters(65) }), "64 counters"],
      [() => store.append("s", [{}], { usage: { ["x".repeat(65)]: 1 } }), "1 to 64 bytes"],
      [() => store.append("s", [{}], { usage: { inputTokens: 2 ** 53 } }), "less than 2^53"],
      [() => store.append("s", [{}], { operationId: "x".repeat(257) }), "1 to 256 bytes"],
      [
        () =>
          store.update("s", {
            set: [
              [["a"], 1],
              [["a", "b"], 2],
            ],
          }),
        "--set workflow.step",
      ],
      [() => store.list({ orderBy: "size" as "id" }), "agent-sessions COMMAND --help"],
    ];
    for (const [act, remedy] of refused) {
      const error = await act().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      const text = reported(error);
      const [what, why, todo, ...others] = text.trimEnd().split("\n");
      expect(others).toEqual([]);
      expect(what).toMatch(/^INVALID_(?:VALUE|QUERY) /);
      expect(why).toMatch(/^why: /);
      expect(todo).toMatch(/^do: {2}/);
      expect(todo).toContain(remedy);
    }
  });

  // Its third line began with "Nothing was changed." of the cause, and its second one repeated the first.
  it("say what failed, why and what to do once each, when one error of the library is another one's cause", () => {
    const cause = new StoreIoError("The disk of /s is full. Free some space and try again.");
    const lines = reported(new SessionDeleteError("a", "/s", { cause }))
      .trimEnd()
      .split("\n");
    expect(lines.map((line) => line.slice(0, 5))).toEqual(["SESSI", "why: ", "do:  "]);
    for (const part of ["The disk of /s is full", "Free some space"])
      expect(lines.filter((line) => line.includes(part))).toHaveLength(1);
  });

  it.each([
    ["no JSON", "{oops", 2],
    ["NaN", '{"content":NaN}', 2],
    ["an array", "[1]", 2],
    ["a number", "7", 2],
    ["a lone surrogate", '{"content":"\\ud800"}', 2],
    ["nothing", "\n", 2],
    ["bytes that are not UTF-8", Buffer.from([0x7b, 0xff]), 2],
  ])("append --jsonl refuses %s whole", async (_what, stdin, code) => {
    const cli = await newCli("json:./store");
    await cli.json("create", "--id", "s");
    const good = Buffer.from('{"content":"fine"}\n');
    const result = await cli.run(["append", "s", "--jsonl", "--json"], {
      stdin: _what === "nothing" ? stdin : Buffer.concat([good, Buffer.from(stdin)]),
    });
    expect(result).toMatchObject({ code, stdout: "" });
    expect(JSON.parse(result.stderr)).toMatchObject({ code: "INVALID_VALUE" });
    expect(await cli.json("show", "s")).toMatchObject({ messageCount: 0 });
  });

  // "Stdin is empty", it said.
  it.each([[["append", "s"]], [["append", "s", "--jsonl"]], [["import", "-"]]])(
    "%j says that stdin is a folder",
    async (args) => {
      const cli = await newCli("json:./store");
      await cli.json("create", "--id", "s");
      const folder = openSync(cli.folder, "r");
      const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
        cwd: cli.folder,
        env: cli.env,
        stdio: [folder, "pipe", "pipe"],
        encoding: "utf8",
      });
      closeSync(folder);
      expect([status, stderr]).toEqual([2, expect.stringMatching(/^INVALID_VALUE Stdin is a folder/)]);
    },
  );

  it("a garbled session is corrupted, its neighbours are not", async () => {
    const cli = await newCli("json:./store");
    await cli.json("create", "--id", "bad");
    await cli.json("create", "--id", "good");
    await writeFile(path.join(cli.folder, "store", "bad.jsonl"), "garbage\nmore\n");
    expect((await cli.run(["show", "bad"])).code).toBe(5);
    expect(await cli.json("show", "good")).toMatchObject({ id: "good" });
    const list = await cli.run(["list"]);
    expect(list.code).toBe(0);
    expect(list.stdout).toContain("good");
    expect(list.stderr).toContain("SESSION_CORRUPTED");
    const verify = await cli.run(["verify", "--json"]);
    expect(verify.code).toBe(5);
    expect(JSON.parse(verify.stdout.split("\n")[0] ?? "")).toMatchObject({ id: "bad" });
    expect(await cli.json("delete", "bad", "--yes")).toBe(true);
  });

  it("leaves a SQLite file of another program, and a folder in its place, alone", async () => {
    const cli = await newCli();
    await writeFile(path.join(cli.folder, "notes.db"), "SQLite format 3\u0000 but not really");
    await mkdir(path.join(cli.folder, "folder.db"));
    for (const name of ["notes.db", "folder.db"]) {
      const { code, stderr } = await cli.run(["--store", `sqlite:./${name}`, "create", "--json"]);
      expect(code, stderr).toBe(1);
      expect(JSON.parse(stderr)).toHaveProperty("code");
    }
    expect(await readFile(path.join(cli.folder, "notes.db"), "utf8")).toBe(
      "SQLite format 3\u0000 but not really",
    );
    expect(await readdir(path.join(cli.folder, "folder.db"))).toEqual([]);
  });

  // The suggestion stood in the first line, and "do:" said something else.
  it("suggests the command that was perhaps meant", async () => {
    const cli = await newCli();
    for (const args of [["lisst"], ["help", "lisst"]])
      expect((await cli.run(args)).stderr).toMatch(/^do: {2}Did you mean list\?$/m);
    expect(await cli.run(["help", "list"])).toMatchObject({ code: 0, stderr: "" });
  });

  it.each([[["list", "--limit", "0"]], [["completion", "ksh"]], [["list", "extra"]]])(
    "ends each sentence about %j once",
    async (args) => {
      const { code, stderr } = await (await newCli()).run(args);
      expect(code).toBe(2);
      expect(stderr).not.toContain("..");
      expect(stderr).toMatch(/^do: {2}\S.*\.$/m);
    },
  );

  // Whatever stands behind "--" is data.
  it("reports in text when --json is a message", async () => {
    const { code, stderr } = await (await newCli("json:./store")).run(["append", "--", "nope", "--json"]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^SESSION_NOT_FOUND /);
  });

  it("--debug adds the chain of causes", async () => {
    const cli = await newCli();
    const { stderr } = await cli.run(["--store", "nosuchbackend:./x", "list", "--debug"]);
    expect(stderr).toContain("Cannot find module");
    expect(stderr.split("\n").length).toBeGreaterThan(5);
  });

  it("reading commands create nothing on disk", async () => {
    const cli = await newCli();
    for (const args of [["list"], ["search", "x"], ["verify"], ["config"]])
      expect((await cli.run(args)).code).toBe(0);
    expect((await cli.run(["show", "x"])).code).toBe(3);
    expect(await readdir(cli.folder)).toEqual([]);
  });

  it("ends quietly when nobody reads its output any more", async () => {
    const cli = await newCli("json:./store");
    await cli.run(["append", "s", "--create-if-missing", "--jsonl"], {
      stdin: Array.from({ length: 5000 }, (_, n) => `{"role":"user","content":"needle ${n}"}\n`).join(""),
    });
    const { spawn } = await import("node:child_process");
    const { fileURLToPath } = await import("node:url");
    const program = fileURLToPath(new URL("../dist/agent-sessions.cjs", import.meta.url));
    const child = spawn("sh", ["-c", `"$0" "$1" search needle --json | head -1`, process.execPath, program], {
      cwd: cli.folder,
      env: { ...process.env, AGENT_SESSIONS_STORE: "json:./store" },
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdout.resume();
    await new Promise((resolve) => child.on("close", resolve));
    expect(stderr).toBe("");
  });
});

describe("a cloned repository", () => {
  it("runs none of its code by a config file that lies in it", async () => {
    const cli = await newCli();
    const folder = path.join(cli.folder, "node_modules", "@agent-sessions", "evil");
    await mkdir(folder, { recursive: true });
    const mark = path.join(cli.folder, "ran");
    await writeFile(path.join(folder, "package.json"), '{"main":"index.cjs"}');
    await writeFile(
      path.join(folder, "index.cjs"),
      `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "")`,
    );
    await writeFile(path.join(cli.folder, ".agent-sessionsrc"), '{"store":"evil:./x"}');
    for (const args of [["list"], ["create"], ["config"], ["verify"], ["list", "--namespace", "n"]]) {
      const { code, stderr } = await cli.run([...args, "--json"]);
      expect(code).toBe(2);
      expect(JSON.parse(stderr)).toMatchObject({ code: "INVALID_OPTIONS" });
    }
    expect(await readdir(cli.folder)).not.toContain("ran");
    await cli.run(["list", "--store", "evil:./x"]);
    expect(await readdir(cli.folder)).toContain("ran");
  });
});

describe("config", () => {
  it("prints each value with its source, and hides a password", async () => {
    const cli = await newCli();
    await writeFile(
      path.join(cli.folder, ".agent-sessionsrc"),
      '{"store":"postgres://me:secret@host/db","namespace":"t"}',
    );
    expect(await cli.json("config", "--config", ".agent-sessionsrc")).toEqual({
      store: {
        value: "postgres://me:***@host/db",
        source: `config file ${path.join(cli.folder, ".agent-sessionsrc")}`,
        options: {},
      },
      namespace: { value: "t", source: `config file ${path.join(cli.folder, ".agent-sessionsrc")}` },
      configFile: path.join(cli.folder, ".agent-sessionsrc"),
    });
    const text = await cli.run(["config", "--store", "memory:"]);
    expect(text.stdout).toMatch(/^store {6}memory: {2}\(--store\)\nnamespace {2}"t" {2}\(config file /);
  });

  it("hides what is secret in a URL's query and in options", async () => {
    const cli = await newCli();
    const shown = await cli.run([
      "config",
      "--store",
      "postgres://host/db?user=me&password=hunter2&API%5Fkey=hunter3&x=1",
    ]);
    expect(shown.stdout).toContain("postgres://host/db?user=me&password=***&API%5Fkey=***&x=1");
    await writeFile(
      path.join(cli.folder, "c.json"),
      '{"store":{"backend":"postgres","path":"//host/db","password":"hunter2"}}',
    );
    const fromFile = await cli.run(["config", "--config", "c.json"]);
    expect(fromFile.stdout).toContain('{"password":"***"}');
    expect(fromFile.stdout).not.toContain("hunter");
  });
});

// They worked on other stores, and said nothing.
describe("a command that names its own stores", () => {
  it.each([["migrate", "--from", "json:./a", "--to", "json:./b"], ["demo"], ["contract", "--module", "x"]])(
    "%s refuses --store",
    async (...args) => {
      const { code, stderr } = await (await newCli()).run([...args, "--store", "json:./x"]);
      expect([code, stderr]).toEqual([2, expect.stringContaining("--store")]);
    },
  );
});

describe.skipIf(!existsSync("/dev/full"))("output that cannot be written", () => {
  /** Runs a command whose stdout is a disk without space. */
  function intoFull(
    cli: Cli,
    args: readonly string[],
  ): { readonly code: number | null; readonly stderr: string } {
    const script = 'exec "$0" "$@" >/dev/full';
    const { status, stderr } = spawnSync("sh", ["-c", script, process.execPath, PROGRAM, ...args], {
      cwd: cli.folder,
      env: cli.env,
      encoding: "utf8",
    });
    return { code: status, stderr };
  }

  // It said that it had failed, and a retry stored the message twice.
  it("does not hide that the change was made", async () => {
    const cli = await newCli("json:./store");
    await cli.json("create", "--id", "a");
    for (const args of [
      ["append", "a", "two"],
      ["update", "a", "--pin", "--json"],
      ["fork", "a"],
    ]) {
      const { code, stderr } = intoFull(cli, args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/The change is made and stored, but the answer cannot be written\./);
      expect(stderr).toMatch(/Do not run it again/);
    }
    expect(await cli.json("show", "a")).toMatchObject({ messageCount: 1, pinned: true });
  });

  it("is no defect to be reported, and no success of a help either", async () => {
    const cli = await newCli("json:./store");
    for (const args of [["list", "--json"], ["list", "--help"], ["--version"], ["help"]]) {
      const { code, stderr } = intoFull(cli, args);
      expect({ args, code }).toEqual({ args, code: 1 });
      expect(stderr).toMatch(
        args.includes("--json") ? /^{.*ENOSPC.*}\n$/ : /^FAILED ENOSPC.*\ndo: {2}Free some space/,
      );
      expect(stderr.match(/ENOSPC/g)).toHaveLength(1);
    }
  });
});

describe("what the operating system refuses", () => {
  it.each([
    [{ code: "EACCES", path: "/x" }, "Check the permissions of /x"],
    [{ code: "ENOSPC" }, "Free some space"],
    [{ code: "ENOENT", syscall: "uv_cwd" }, "Go to a folder that exists"],
    [{ code: "EIO" }, "Check the path"],
  ])("%j says what to do, and is no defect to be reported", (facts, remedy) => {
    const error = Object.assign(new Error("refused"), { syscall: "open", ...facts });
    const text = reported(error);
    expect(text).toMatch(/^FAILED refused\n/);
    expect(text).toContain(`do:  ${remedy}`);
  });
});

describe("a text that begins with a dash", () => {
  it("goes behind --, which the error says", async () => {
    const cli = await newCli("json:./store");
    await cli.json("create", "--id", "a");
    const refused = await cli.run(["append", "a", "- first bullet"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('goes behind --, such as agent-sessions append ID -- "- a text"');
    await cli.json("append", "a", "--json", "--", "- first bullet");
    expect((await cli.run(["show", "a"])).stdout).toContain("\n- first bullet\n");
  });
});
