import { chmod, cp, mkdir, readdir, realpath, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { COMMANDS } from "../../src/commands.js";
import { MEMORY_HARNESS } from "../memory-harness.js";
import { type Cli, newCli } from "../run-cli.js";
import { describeOnTerminal, TestTerminal } from "../terminal/terminal.js";
import { CHAPTERS, type Stop } from "./stops.js";

const SAMPLES = fileURLToPath(new URL("../../samples", import.meta.url));
const CLOCK = new URL("fixed-clock.mjs", import.meta.url).href;
const COLUMNS = 100;
const ROWS = 30;
const BEGIN = Date.UTC(2026, 10, 21, 9);
const MINUTE_MS = 60_000;
/** How much older each sample is than the one before it. */
const SAMPLE_AGE_MS = 31 * 60 * MINUTE_MS;
/** What stands in the page for the folder in which the tour was made. */
const FOLDER = "~/project";

const INTRODUCTION = `# A tour of the command line

Every command of \`agent-sessions\`, on the sessions that come along for the demo. Each screen is what the program printed on a
terminal of ${COLUMNS} columns, whose clock stands still; a test makes them anew and compares. \`pnpm --filter agent-sessions tour\` writes this page.
`;

describeOnTerminal("the tour", () => {
  it("has a stop for every command", () => {
    const shown = CHAPTERS.flatMap(({ stops }) =>
      stops.map(({ run }) => /agent-sessions (\S+)/.exec(run)?.[1]),
    );
    expect(COMMANDS.filter(({ name, isHidden }) => isHidden !== true && !shown.includes(name))).toEqual([]);
  });

  it("is what docs/tour.md shows", async () => {
    const cli = await newTourFolder();
    // As the program names it: a temporary folder may be reached through a link.
    const folder = await realpath(cli.folder);
    const page = [INTRODUCTION];
    let now = BEGIN;
    for (const { title, stops } of CHAPTERS) {
      page.push(`## ${title}\n`);
      for (const stop of stops) {
        now += MINUTE_MS;
        const screens = await visit(cli, stop, now);
        if (stop.says !== "") page.push(`${stop.says}\n`);
        for (const [index, screen] of screens.entries())
          page.push(block(index === 0 ? stop.run : null, screen, folder));
      }
    }
    await expect(page.join("\n")).toMatchFileSnapshot("../../../../docs/tour.md");
  });
});

/** A folder with the samples, whose files are all of one time, and the program on the PATH. */
async function newTourFolder(): Promise<Cli> {
  const cli = await newCli();
  await cp(SAMPLES, path.join(cli.folder, "samples"), { recursive: true });
  const names = await readdir(path.join(cli.folder, "samples"), { recursive: true });
  for (const [index, name] of names.sort().entries()) {
    const at = new Date(BEGIN - index * SAMPLE_AGE_MS);
    await utimes(path.join(cli.folder, "samples", name), at, at);
  }
  await writeFile(path.join(cli.folder, "harness.mjs"), MEMORY_HARNESS);
  await mkdir(path.join(cli.folder, "bin"));
  const program = path.join(cli.folder, "bin", "agent-sessions");
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${TestTerminal.program}" "$@"\n`);
  await chmod(program, 0o755);
  return cli;
}

/** The screens of one stop. */
async function visit(cli: Cli, { run, play, code = 0 }: Stop, now: number): Promise<readonly string[]> {
  const terminal = TestTerminal.open(cli, [], {
    columns: COLUMNS,
    rows: ROWS,
    command: ["sh", "-c", run],
    env: {
      PATH: `${path.join(cli.folder, "bin")}${path.delimiter}${cli.env["PATH"] ?? ""}`,
      NODE_OPTIONS: `--import ${CLOCK}`,
      TOUR_NOW: new Date(now).toISOString(),
      PAGER: "cat",
      TZ: "UTC",
      NO_COLOR: "1",
    },
  });
  const screens = await play?.(terminal);
  const ended = await terminal.ended();
  expect.soft(ended, `exit code of ${run}, which shows:\n${terminal.scrollback}`).toBe(code);
  return screens ?? [terminal.scrollback];
}

function block(run: string | null, screen: string, folder: string): string {
  const text = screen
    .split("\n")
    .map((line) => withoutFolder(line, folder).trimEnd())
    .join("\n");
  return ["```text", ...(run === null ? [] : [`$ ${run}`]), text, "```", ""].join("\n");
}

/** The line with another name for the folder; what is aligned at the right edge stays there. */
function withoutFolder(line: string, folder: string): string {
  const [before = "", ...parts] = line.split(folder);
  const blanks = " ".repeat(folder.length - FOLDER.length);
  return [before, ...parts.map((part) => part.replace(/ {3,}/, (gap) => gap + blanks))].join(FOLDER);
}
