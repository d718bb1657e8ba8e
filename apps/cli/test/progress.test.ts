import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Output } from "../src/output.js";
import { withProgress } from "../src/progress/progress.js";
import { progressBar } from "../src/progress/progress-bar.js";
import { ProgressMeter } from "../src/progress/progress-meter.js";
import { SourceSizes } from "../src/progress/source-sizes.js";
import { newCli } from "./run-cli.js";

describe("ProgressMeter", () => {
  it("knows rate and time left, over the last seconds alone", () => {
    let now = 0;
    const meter = new ProgressMeter(100, null, () => now);
    expect(meter.facts).toEqual({ done: 0, total: 100, perSecond: 0, secondsLeft: null, fraction: 0 });
    for (let step = 0; step < 20; step++) {
      now += 100;
      meter.step();
    }
    expect(meter.facts).toEqual({ done: 20, total: 100, perSecond: 10, secondsLeft: 8, fraction: 0.2 });
    for (let step = 0; step < 20; step++) {
      now += 1000;
      meter.step();
    }
    expect(meter.facts.perSecond).toBeLessThan(1.2);
    expect(meter.facts.secondsLeft).toBeGreaterThan(50);
  });

  it("guesses nothing without a total, in the first moments, or beyond the total", () => {
    let now = 0;
    const open = new ProgressMeter(null, null, () => now);
    now = 5000;
    open.step();
    expect(open.facts.secondsLeft).toBeNull();
    const early = new ProgressMeter(10, null, () => now);
    now += 100;
    early.step();
    expect(early.facts).toMatchObject({ perSecond: 10, secondsLeft: null });
    const over = new ProgressMeter(1, null, () => now);
    now += 1000;
    over.step();
    over.step();
    expect(over.facts.secondsLeft).toBe(0);
  });
});

describe("a ProgressMeter with its work told apart from its steps", () => {
  it("takes the time left and the fraction from the work", () => {
    let now = 0;
    const meter = new ProgressMeter(null, 1000, () => now);
    now = 1000;
    meter.step(250);
    expect(meter.facts).toEqual({ done: 1, total: null, perSecond: 1, secondsLeft: 3, fraction: 0.25 });
    meter.step(5000);
    expect(meter.facts).toMatchObject({ fraction: 1, secondsLeft: 0 });
  });
});

describe("SourceSizes", () => {
  it("counts a file as done when the next one is begun, and what it cannot see as nothing", async () => {
    const { folder } = await newCli();
    await writeFile(path.join(folder, "a"), "12345");
    await mkdir(path.join(folder, "in/deep"), { recursive: true });
    await writeFile(path.join(folder, "in/deep/b"), "123");
    const sizes = await SourceSizes.of([path.join(folder, "a"), path.join(folder, "in"), "/does/not/exist"]);
    expect(sizes.totalBytes).toBe(8);
    const found = ["a", "a", "in/deep/b", "nowhere"].map((name) => sizes.doneBefore(path.join(folder, name)));
    expect(found).toEqual([0, 0, 5, 3]);
  });
});

describe("progressBar", () => {
  it("shows how much is done, the rate and the time left", () => {
    const facts = { done: 100, total: 400, perSecond: 85.4, secondsLeft: 125, fraction: 0.25 };
    expect(progressBar("Importing", "sessions", facts, 100)).toBe(
      "Importing ━━━━━━────────────────── 100/400 sessions · 85/s · 2 min 5 s left",
    );
    expect(progressBar("A", "b", { ...facts, secondsLeft: 7260 }, 100)).toContain("2 h 1 min left");
    expect(progressBar("A", "b", { ...facts, perSecond: 0.5, secondsLeft: 4 }, 100)).toContain(
      "0.5/s · 4 s left",
    );
  });

  it("has no bar where there is no total, and is never as wide as the terminal", () => {
    const facts = { done: 5, total: null, perSecond: 0, secondsLeft: null, fraction: null };
    expect(progressBar("Importing", "sessions", facts, 100)).toBe("Importing 5 sessions");
    expect(progressBar("Importing", "sessions", facts, 12)).toBe("Importing 5");
    const known = { ...facts, total: 10, fraction: 0.5 };
    expect(progressBar("Importing", "sessions", known, 30)).toBe("Importing 5/10 sessions");
  });
});

/** An output whose stderr is a terminal, and what it was sent. */
function terminal(json = false): { readonly output: Output; readonly written: () => string } {
  let written = "";
  const stream = (isTTY: boolean): NodeJS.WriteStream =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          written += String(chunk);
          done();
        },
      }),
      { isTTY, columns: 80 },
    ) as unknown as NodeJS.WriteStream;
  const output = new Output({ json, stdout: stream(true), stderr: stream(true), env: { TERM: "xterm" } });
  return { output, written: () => written };
}

const about = { label: "Importing", noun: "sessions", total: () => 2, asked: false };

describe("withProgress", () => {
  it("draws a bar on a terminal, and takes it away before anything else is written", async () => {
    const { output, written } = terminal();
    const { signal } = new AbortController();
    await withProgress({ output, signal }, about, async (progress) => {
      progress.step("imported", "a: imported", { id: "a" });
      await output.note("a remark");
    });
    expect(written()).toBe("\r\u001b[KImporting ──────────────────────── 0/2 sessions\r\u001b[Ka remark\n");
  });

  it("draws nothing with --json on a terminal unless it is asked", async () => {
    const { output, written } = terminal(true);
    const { signal } = new AbortController();
    await withProgress({ output, signal }, about, async (progress) =>
      progress.step("imported", "a", { id: "a" }),
    );
    expect(written()).toBe("");
    await withProgress({ output, signal }, { ...about, asked: true }, async (progress) =>
      progress.step("imported", "a", { id: "a" }),
    );
    expect(JSON.parse(written())).toMatchObject({ id: "a", done: 1, total: 2 });
  });

  it("says what was done when Ctrl-C ends it, and passes its reason on", async () => {
    const { output, written } = terminal();
    const abort = new AbortController();
    const reason = new Error("Interrupted.");
    const working = withProgress({ output, signal: abort.signal }, about, async (progress) => {
      progress.step("imported", "a", {});
      abort.abort(reason);
      abort.signal.throwIfAborted();
    });
    await expect(working).rejects.toBe(reason);
    expect(written()).toContain("Importing ended after 1 of 2 sessions: 1 imported.\n");
  });

  // An import that filled the disk said "nothing was changed", which was true of its last session alone.
  it("says what was done when an error ends it, but nothing where that was nothing, or where nobody reads any more", async () => {
    const endedBy = async (error: Error, steps: number, json = false): Promise<string> => {
      const { output, written } = terminal(json);
      const { signal } = new AbortController();
      const working = withProgress({ output, signal }, { ...about, total: () => null }, async (progress) => {
        for (let step = 0; step < steps; step++) progress.step("imported", "a", {});
        throw error;
      });
      await expect(working).rejects.toBe(error);
      return written();
    };
    const full = new Error("The disk is full.");
    expect(await endedBy(full, 3)).toContain("Importing ended after 3 sessions: 3 imported.\n");
    expect(await endedBy(full, 0)).not.toContain("ended");
    expect(await endedBy(full, 3, true)).toBe("");
    expect(await endedBy(Object.assign(new Error("EPIPE"), { code: "EPIPE" }), 3)).not.toContain("ended");
  });

  // An export that Ctrl-C ended had "exported" what went away with its file.
  it("says what is lost, in the place of what was done, when Ctrl-C ends what cannot be kept in part", async () => {
    const { output, written } = terminal();
    const abort = new AbortController();
    const lost = (): string => "a.jsonl was not made";
    const working = withProgress({ output, signal: abort.signal }, { ...about, lost }, async (progress) => {
      progress.step("exported", "a", {});
      abort.abort(new Error("Interrupted."));
      abort.signal.throwIfAborted();
    });
    await expect(working).rejects.toThrow("Interrupted.");
    expect(written()).toContain("Importing ended after 1 of 2 sessions; a.jsonl was not made.\n");
  });
});

describe("--progress", () => {
  it("writes JSON lines with rate and total to stderr with --json, and lines of text without", async () => {
    const cli = await newCli("json:./store");
    for (const id of ["a", "b"]) await cli.json("create", "--id", id);
    const moving = ["migrate", "--from", "json:./store", "--to", "sqlite:./copy.db", "--progress"];
    const { stderr } = await cli.run([...moving, "--json"]);
    const lines = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { id: "a", outcome: "copied", done: 1, total: 2 },
      { id: "b", outcome: "copied", done: 2, total: 2 },
    ]);
    for (const line of lines)
      expect(Object.keys(line)).toEqual(expect.arrayContaining(["perSecond", "secondsLeft"]));
    const exported = await cli.run(["export", "--all", "--output", "a.jsonl", "--progress"]);
    expect(exported.stderr).toBe("a: exported\nb: exported\n");
    expect((await cli.run(["import", "a.jsonl"])).stderr).toBe("");
  });
});
