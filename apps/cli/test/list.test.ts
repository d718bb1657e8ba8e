import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { SessionPage } from "@agent-sessions/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { relativeTime, shortNumber, zonedTime } from "../src/describe-session.js";
import { newCli } from "./run-cli.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("list", () => {
  it("shows times as people say them, tokens, marks and labels", async () => {
    const cli = await newCli("sqlite:./s.db");
    await cli.json("create", "--id", "a", "--label", "x", "--title", "東京");
    await cli.json("append", "a", "hello", "--usage", "outputTokens=12345");
    await cli.json("update", "a", "--pin", "--archive");
    const { stdout } = await cli.run(["list"]);
    expect(stdout).toMatch(
      /^ID +UPDATED +MARKS +MESSAGES +TOKENS +LABELS +TITLE\na +now +pin arch +1 +12\.3k +x +東京\n$/,
    );
  });

  it("tells a store without sessions from filters that none of them passes", async () => {
    const cli = await newCli("json:./s");
    expect((await cli.run(["list"])).stderr).toMatch(/^No sessions in .*[\\/]s\.$/m);
    await cli.json("create", "--id", "a");
    expect((await cli.run(["list", "--label", "x"])).stderr).toMatch(
      /^No sessions in .* pass these filters\.$/m,
    );
  });

  it("--watch prints again what has changed, and ends at Ctrl-C", async () => {
    const cli = await newCli("json:./s");
    await cli.json("create", "--id", "a");
    const program = fileURLToPath(new URL("../dist/agent-sessions.cjs", import.meta.url));
    const { PATH } = process.env;
    const child = spawn(process.execPath, [program, "--store", "json:./s", "list", "--watch", "--json"], {
      cwd: cli.folder,
      env: { PATH, HOME: cli.folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "close");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<readonly string[]> => {
      const { value } = await lines.next();
      return (JSON.parse(value as string) as SessionPage).sessions.map(({ id }) => id);
    };
    expect(await next()).toEqual(["a"]);
    await cli.json("create", "--id", "b");
    expect(await next()).toEqual(["b", "a"]);
    await cli.json("delete", "a", "--yes");
    expect(await next()).toEqual(["b"]);
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
  });

  it("refuses to watch a later page", async () => {
    const cli = await newCli("json:./s");
    expect((await cli.run(["list", "--watch", "--cursor", "x"])).code).toBe(2);
  });
});

describe("zonedTime()", () => {
  // It was UTC without a mark, beside filters that were local.
  it.each([
    ["UTC", "2026-01-31 23:30 UTC"],
    ["Europe/Oslo", "2026-02-01 00:30 +01:00"],
    ["Asia/Kolkata", "2026-02-01 05:00 +05:30"],
    ["America/St_Johns", "2026-01-31 20:00 -03:30"],
  ])("says in %s what the clock there shows, and its offset", (zone, expected) => {
    vi.stubEnv("TZ", zone);
    expect(zonedTime("2026-01-31T23:30:00.000Z")).toBe(expected);
  });

  it("is what show prints; --json stays UTC", async () => {
    const cli = await newCli("json:./s");
    await cli.json("create", "--id", "s", "--message", "x");
    const { createdAt } = await cli.json<{ createdAt: string }>("show", "s");
    vi.stubEnv("TZ", "Asia/Kolkata");
    const { stdout } = await cli.run(["show", "s"], { env: { TZ: "Asia/Kolkata" } });
    expect(stdout).toContain(`created    ${zonedTime(createdAt)}\n`);
    expect(stdout).toMatch(/#1 user {2}\S+ \S+ \+05:30\n/);
  });
});

describe("relativeTime()", () => {
  beforeEach(() => {
    vi.stubEnv("TZ", "UTC");
  });

  it.each([
    ["2026-01-31T12:00:00.000Z", "now"],
    ["2026-01-31T12:00:30.000Z", "now"],
    ["2026-01-31T11:58:59.000Z", "1 min ago"],
    ["2026-01-31T09:00:00.000Z", "3 h ago"],
    ["2026-01-29T11:00:00.000Z", "2 d ago"],
    ["2026-01-24T12:00:00.000Z", "2026-01-24"],
    ["2026-02-01T12:00:00.000Z", "2026-02-01"],
  ])("of %s at noon of 31 January is %s", (iso, expected) => {
    expect(relativeTime(iso, new Date("2026-01-31T12:00:00.000Z"))).toBe(expected);
  });
});

describe("shortNumber()", () => {
  it.each([
    [0, "0"],
    [9999, "9999"],
    [12_345, "12.3k"],
    [99_960, "100k"],
    [999_499, "999k"],
    [999_999, "1.0M"],
    [4_500_000, "4.5M"],
  ])("of %d is %s", (number, expected) => expect(shortNumber(number)).toBe(expected));
});
