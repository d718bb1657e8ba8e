import type { Redaction } from "@agent-sessions/formats";
import type { CommandContext, Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
import type { FilesReport } from "../export-files.js";
import type { ExportOptions, ExportPlan } from "../export-plan.js";
import type { ExportedSessions } from "../exported-sessions.js";
import type { Output } from "../output.js";
import { oneLine } from "../terminal-text.js";

/** What `export --output FILE --json` prints. */
interface FileReport {
  readonly path: string;
  readonly sessions: number;
  readonly messages: number;
}

export const configure: Configure = (command, contextOf) => {
  command
    .argument("[session...]", "the sessions: ids, beginnings of ids, or latest")
    .option("--all", "every session of the namespace")
    .option("--format <name>", "archive (the default), html, markdown, or the files of another tool")
    .option("--output <path>", "write to this new file, or into this folder, instead of stdout")
    .option("--redact", "leave out secrets of well-known shapes, and say how many there were")
    .option("--gzip", "compress the archive (the default for a file that ends in .gz)")
    .option("--progress", "report each session on stderr, where there is no bar")
    .addHelpText(
      "after",
      `
archive holds everything, and import reads it; html and markdown are pages for people, one for each session. Other tools' files:
claw-json, claw-jsonl, claw-port, flowr, hermes-webui, registry-review; what of a session they have no place for is told.
No file is overwritten. --redact knows the shapes of keys and tokens, and no others: look at what you hand on.

Examples:
  agent-sessions export --all --output backup.jsonl
  agent-sessions export latest --format markdown --output ./pages`,
    )
    .action(async (references: readonly string[], options: ExportOptions) => {
      const context = contextOf(command);
      const { output } = context;
      const [{ Redaction, WRITABLE_FORMATS }, { exportPlan }] = await Promise.all([
        import("@agent-sessions/formats"),
        import("../export-plan.js"),
      ]);
      const isTerminal = output.width !== null;
      const plan = exportPlan(options, references.length, WRITABLE_FORMATS, isTerminal);
      const redaction = options.redact === true ? new Redaction() : undefined;
      await withSessions(context, references, options, async (sessions) => {
        if (plan.kind === "files") await writeFiles(context, plan, sessions, redaction);
        else await writeOne(output, plan, sessions, redaction);
      });
      if (redaction !== undefined) await output.note(redactionLine(redaction));
    });
};

/** Looks all sessions up before the first byte is written: an id that does not exist leaves no half archive. */
async function withSessions(
  context: CommandContext,
  references: readonly string[],
  options: ExportOptions,
  body: (sessions: ExportedSessions) => Promise<void>,
): Promise<void> {
  const [{ withProgress }, { allIds, ExportedSessions }, { countSessions }] = await Promise.all([
    import("../progress/progress.js"),
    import("../exported-sessions.js"),
    import("../progress/count-sessions.js"),
  ]);
  await context.withStore(async (store) => {
    const ids: string[] = [];
    for (const reference of references) ids.push(await context.resolveSession(store, reference));
    const about = {
      label: "Exporting",
      noun: "sessions",
      total: async () => (options.all === true ? await countSessions(store, [store.namespace]) : ids.length),
      asked: options.progress === true,
    };
    await withProgress(context, about, async (progress) => {
      const onSession = (id: string): void =>
        progress.step("exported", `${oneLine(id)}: exported`, { id, outcome: "exported" });
      const { signal } = context;
      await body(
        new ExportedSessions(store, options.all === true ? allIds(store) : ids, { signal, onSession }),
      );
    });
  });
}

async function writeOne(
  output: Output,
  plan: Exclude<ExportPlan, { readonly kind: "files" }>,
  sessions: ExportedSessions,
  redaction: Redaction | undefined,
): Promise<void> {
  const { gzipLines, renderHtml, renderMarkdown, writeArchive } = await import("@agent-sessions/formats");
  async function* pages(): AsyncGenerator<string> {
    for await (const session of redaction?.of(sessions) ?? sessions)
      yield* plan.kind === "page" && plan.format === "html" ? renderHtml(session) : renderMarkdown(session);
  }
  const lines = plan.kind === "page" ? pages() : writeArchive(sessions, { redaction });
  const content = plan.kind === "archive" && plan.isZipped ? gzipLines(lines) : lines;
  if (plan.file === null) {
    for await (const piece of content) await output.raw(piece);
    return;
  }
  const { writeNewFile } = await import("../write-new-file.js");
  await writeNewFile(plan.file, content);
  const report: FileReport = {
    path: plan.file,
    sessions: sessions.sessions,
    messages: sessions.messages,
    ...redactionFacts(redaction),
  };
  if (output.isJson) await output.document(report);
  else {
    const what = `${count(report.sessions, "session")} with ${count(report.messages, "message")}`;
    await output.text(`${what} written to ${oneLine(report.path)}`);
  }
}

async function writeFiles(
  { output, signal }: CommandContext,
  { format, folder }: Extract<ExportPlan, { readonly kind: "files" }>,
  sessions: ExportedSessions,
  redaction: Redaction | undefined,
): Promise<void> {
  const { exportFiles } = await import("../export-files.js");
  const report = await exportFiles(sessions, { format, folder, redaction, signal });
  if (report.unwritable.length > 0) process.exitCode = EXIT.failure;
  if (output.isJson) await output.document({ ...report, ...redactionFacts(redaction) });
  else await printFilesReport(report, output);
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

function redactionFacts(redaction: Redaction | undefined): object {
  return redaction === undefined ? {} : { redacted: { total: redaction.total, counts: redaction.counts } };
}

function redactionLine({ total, counts }: Redaction): string {
  const kinds = Object.entries(counts).map(([kind, number]) => `${number} ${kind}`);
  const of = kinds.length === 0 ? "" : ` (${kinds.join(", ")})`;
  return `${count(total, "secret")} redacted${of}. Only well-known shapes are: look at the export before you hand it on.`;
}
