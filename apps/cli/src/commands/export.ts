import { open, rm } from "node:fs/promises";
import { InvalidInputError, type SessionSnapshot, type SessionStore, snapshotOf } from "@agent-sessions/core";
import type { WritableFormat } from "@agent-sessions/formats";
import type { Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
import type { FilesReport } from "../export-files.js";
import type { Output } from "../output.js";
import { oneLine } from "../terminal-text.js";

type Options = { readonly all?: boolean; readonly format?: string; readonly output?: string };

/** What `export --output --json` prints. */
interface ExportReport {
  readonly path: string;
  readonly sessions: number;
  readonly messages: number;
}

export const configure: Configure = (command, contextOf) => {
  command
    .argument("[id...]", "the sessions")
    .option("--all", "every session of the namespace")
    .option("--format <name>", "write the files of another tool (default: one archive)")
    .option("--output <path>", "write to this new file instead of stdout; with --format into this folder")
    .addHelpText(
      "after",
      `
Formats: claw-json, claw-jsonl, claw-port, flowr, hermes-webui, registry-review. No file is overwritten. What of a session a
format has no place for is told.`,
    )
    .action(async (ids: readonly string[], options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      if (ids.length > 0 === (options.all === true)) {
        throw new InvalidInputError(
          "INVALID_OPTIONS",
          "It is not clear which sessions are meant. Name their ids, or say --all.",
          {
            path: "id",
          },
        );
      }
      const folder = options.format === undefined ? undefined : folderOf(options);
      const { writeArchive } = await import("@agent-sessions/formats");
      await context.withStore(async (store) => {
        // All are looked up before the first byte is written: an id that does not exist leaves no half archive.
        for (const id of ids) await store.head(id);
        const exported = new CountedSnapshots(store, options.all === true ? allIds(store) : ids);
        if (folder !== undefined) {
          const { exportFiles } = await import("../export-files.js");
          const format = options.format as WritableFormat;
          const report = await exportFiles(exported, { format, folder, signal: context.signal });
          if (report.unwritable.length > 0) process.exitCode = EXIT.failure;
          if (output.isJson) await output.document(report);
          else await printFilesReport(report, output);
          return;
        }
        const lines = writeArchive(exported);
        if (options.output === undefined) {
          for await (const line of lines) await output.raw(line);
          return;
        }
        await writeNewFile(options.output, lines);
        const report: ExportReport = {
          path: options.output,
          sessions: exported.sessions,
          messages: exported.messages,
        };
        if (output.isJson) await output.document(report);
        else {
          const what = `${count(report.sessions, "session")} with ${count(report.messages, "message")}`;
          await output.text(`${what} written to ${oneLine(report.path)}`);
        }
      });
    });
};

function folderOf({ output }: Options): string {
  if (output !== undefined) return output;
  const problem = "Another tool's files need a folder. Name it with --output.";
  throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "--output" });
}

async function printFilesReport(report: FilesReport, output: Output): Promise<void> {
  const { folder, written, unwritable } = report;
  const failed = unwritable.length === 0 ? "" : `, ${unwritable.length} not`;
  await output.text(`${count(written.length, "session")} written to ${oneLine(folder)}${failed}`);
  const { red, yellow } = output.colors;
  for (const { id, notHeld } of written) {
    if (notHeld.length > 0)
      await output.note(`${yellow("not held")} ${oneLine(id)}: ${oneLine(notHeld.join(", "))}`);
  }
  for (const { id, reason } of unwritable)
    await output.note(`${red("not written")} ${oneLine(id)}: ${oneLine(reason)}`);
}

class CountedSnapshots implements AsyncIterable<SessionSnapshot> {
  readonly #store: SessionStore;
  readonly #ids: AsyncIterable<string> | Iterable<string>;
  sessions = 0;
  messages = 0;

  constructor(store: SessionStore, ids: AsyncIterable<string> | Iterable<string>) {
    this.#store = store;
    this.#ids = ids;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SessionSnapshot> {
    for await (const id of this.#ids) {
      const snapshot = await snapshotOf(this.#store, id);
      yield snapshot;
      this.sessions++;
      this.messages += snapshot.head.messageCount;
    }
  }
}

async function* allIds(store: SessionStore): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await store.list({ orderBy: "id", limit: 1000, cursor });
    // An archive that silently lacks a session would be trusted as a backup.
    const [unreadable] = page.unreadable;
    if (unreadable !== undefined) await store.load(unreadable.id);
    for (const { id } of page.sessions) yield id;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

/** Writes a file that must not exist yet, readable by its owner only, and removes it again when it cannot be finished. */
async function writeNewFile(path: string, lines: AsyncIterable<string>): Promise<void> {
  const file = await openNew(path);
  try {
    for await (const line of lines) await file.writeFile(line);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function openNew(path: string): ReturnType<typeof open> {
  try {
    return await open(path, "wx", 0o600);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError(
      "INVALID_OPTIONS",
      `The file ${path} cannot be made: ${why}. Name a new one.`,
      {
        path: "--output",
        cause,
      },
    );
  }
}
