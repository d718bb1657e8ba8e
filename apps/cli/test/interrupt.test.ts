import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { SessionPage, SessionStore } from "@agent-sessions/core";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ImportReport } from "../src/import-report.js";
import { Interrupt } from "../src/interrupt.js";
import { newCli } from "./run-cli.js";
import { fillStore, user } from "./terminal/fill-store.js";

const PROGRAM = fileURLToPath(new URL("../dist/agent-sessions.cjs", import.meta.url));

describe("Ctrl-C", () => {
  it.each(["json:./store", "sqlite:./store.db"])(
    "leaves %s whole, and running the import again finishes it",
    async (url) => {
      const cli = await newCli(url);
      const count = 400;
      await mkdir(path.join(cli.folder, "in"));
      for (let number = 0; number < count; number++) {
        const session = { session_id: `s${number}`, messages: ["a", "b"], input_tokens: 1, output_tokens: 1 };
        await writeFile(path.join(cli.folder, "in", `s${number}.json`), JSON.stringify(session));
      }
      const child = spawn(process.execPath, [PROGRAM, "import", "in", "--progress"], {
        cwd: cli.folder,
        env: { ...process.env, AGENT_SESSIONS_STORE: url },
      });
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        if (stderr === "") child.kill("SIGINT");
        stderr += text;
      });
      const code = await new Promise((resolve) => child.on("close", resolve));
      expect(code).toBe(130);
      expect(stderr).toContain("Interrupted");

      const kept = (await cli.json<SessionPage>("list", "--limit", "1000")).sessions;
      expect(kept.length).toBeGreaterThan(0);
      expect(kept.length).toBeLessThan(count);
      expect(kept.every(({ messageCount }) => messageCount === 2)).toBe(true);
      expect(await cli.records("verify")).toEqual([]);
      expect(await cli.json<ImportReport>("import", "in")).toMatchObject({
        found: count,
        skipped: kept.length,
        conflicts: [],
      });
    },
  );

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "ends a show that nobody reads, as %s does",
    async (signal) => {
      const cli = await newCli("json:./store");
      // More than any pipe holds.
      await cli.run(["append", "s", "--create-if-missing"], { stdin: "a line\n".repeat(150_000) });
      const child = spawn(process.execPath, [PROGRAM, "show", "s"], { cwd: cli.folder, env: cli.env });
      onTestFinished(() => void child.kill("SIGKILL"));
      // It is in the middle of the message, and nobody takes any more.
      let taken = 0;
      for (; taken < 100_000; taken += (child.stdout.read() as Buffer | null)?.length ?? 0)
        await once(child.stdout, "readable");
      child.kill(signal);
      expect(await once(child, "exit")).toEqual([130, null]);
    },
  );

  it.each([
    ["export", ["export", "--all", "--output", "out.jsonl"]],
    ["prune", ["prune", "--older-than", "1d", "--execute", "--archive", "out.jsonl"]],
  ])("takes away what %s has not finished, and says so", async (_, args) => {
    const cli = await newCli("sqlite:./store.db");
    const messages = Array.from({ length: 20 }, () => user("x".repeat(1000)));
    const sessions = Array.from({ length: 500 }, (_unused, index) => ({ id: `s${index}`, messages }));
    await fillStore(cli, "sqlite:./store.db", sessions);
    const child = spawn(process.execPath, [PROGRAM, ...args, "--progress"], {
      cwd: cli.folder,
      env: cli.env,
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (stderr === "") child.kill("SIGINT");
      stderr += text;
    });
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(130);
    expect(stderr).toMatch(/ ended after \d+ of \d+ sessions; out\.jsonl was not made.*\.\nInterrupted; /);
    expect((await readdir(cli.folder)).filter((name) => name.startsWith("out"))).toEqual([]);
    expect((await cli.json<SessionPage>("list", "--limit", "1000")).sessions).toHaveLength(500);
  });

  it("is told as one JSON object with --json", async () => {
    const cli = await newCli("json:./store");
    const child = spawn(process.execPath, [PROGRAM, "append", "s", "--create-if-missing", "--json"], {
      cwd: cli.folder,
      env: cli.env,
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    await new Promise((resolve) => child.stdin.write("x".repeat(1024 * 1024), resolve));
    child.kill("SIGINT");
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(130);
    expect(JSON.parse(stderr)).toMatchObject({ code: "INTERRUPTED" });
  });

  // A check of a large store went on to its end, and then found "no faults".
  it("waits for no store where nothing is written", async () => {
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    const before = signals.map((signal) => new Set(process.listeners(signal)));
    onTestFinished(() => {
      for (const [at, signal] of signals.entries())
        for (const listener of process.listeners(signal))
          if (before[at]?.has(listener) === false) process.off(signal, listener);
    });
    const interrupt = new Interrupt();
    const givenUp = new Promise<void>((resolve) => interrupt.listen(resolve));
    interrupt.onlyReads();
    const forever = new Promise<never>(() => undefined);
    const store = { close: () => forever } as Pick<SessionStore, "close"> as SessionStore;
    void interrupt.withStore(store, () => forever);
    process.emit("SIGHUP", "SIGHUP");
    await givenUp;
    expect(interrupt.hasCome).toBe(true);
  });

  it("ends the waiting for stdin", async () => {
    const cli = await newCli("json:./store");
    const child = spawn(process.execPath, [PROGRAM, "append", "s", "--create-if-missing"], {
      cwd: cli.folder,
      env: { ...process.env, AGENT_SESSIONS_STORE: "json:./store" },
    });
    // More than a pipe holds: once it is all written, the program is reading.
    await new Promise((resolve) => child.stdin.write("x".repeat(1024 * 1024), resolve));
    child.kill("SIGINT");
    expect(await new Promise((resolve) => child.on("close", resolve))).toBe(130);
    expect((await cli.json<SessionPage>("list")).sessions).toEqual([]);
  });
});
