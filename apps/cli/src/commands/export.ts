import { existsSync } from "node:fs";
import type { SessionStore } from "@agent-sessions/core";
import type { Redaction } from "@agent-sessions/formats";
import type { CommandContext, Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
import type { FilesReport } from "../export-files.js";
import type { ExportOptions, ExportPlan } from "../export-plan.js";
import type { ExportedSessions } from "../exported-sessions.js";
import type { Output } from "../output.js";
import { elsewhereSentence } from "../references/other-namespaces.js";
import { placeOf } from "../references/place.js";
import { oneLine } from "../terminal-text.js";

/** What `export --output FILE --json` prints. */
interface FileReport {
  readonly path: string;
  readonly sessions: number;
  readonly messages: number;
  /** Sessions that somebody deleted while all were exported; they are not in it. */
  readonly gone: number;
}

export const configure: Configure = (command, contextOf) => {
  command
    .argument("[session...]", "the sessions: ids, beginnings of ids, or latest")
    .option("--all", "every session of the namespace")
    .option("--format <name>", "archive (the default), html, markdown, or the files of another tool")
    .option("--output <path>", "write to this new file, or into this folder, instead of stdout (-)")
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
      const plan = exportPlan(options, new Set(references).size, WRITABLE_FORMATS, isTerminal);
      const redaction = options.redact === true ? new Redaction() : undefined;
      await withSessions(context, references, { options, plan }, async (sessions) => {
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
  { options, plan }: { readonly options: ExportOptions; readonly plan: ExportPlan },
  body: (sessions: ExportedSessions) => Promise<void>,
): Promise<void> {
  const [{ withProgress }, { allIds, ExportedSessions }, { countSessions }] = await Promise.all([
    import("../progress/progress.js"),
    import("../exported-sessions.js"),
    import("../progress/count-sessions.js"),
  ]);
  await context.withStore(async (store) => {
    // A session that is named twice is one.
    const ids = new Set<string>();
    for (const reference of references) ids.add(await context.resolveSession(store, reference));
    const areNamed = options.all !== true;
    const about = {
      label: "Exporting",
      noun: "sessions",
      total: async () => (areNamed ? ids.size : await countSessions(store, [store.namespace])),
      asked: options.progress === true,
      lost: () => lostBy(plan),
    };
    await withProgress(context, about, async (progress) => {
      const onSession = (id: string): void =>
        progress.step("exported", `${oneLine(id)}: exported`, { id, outcome: "exported" });
      const { signal } = context;
      const sessions = new ExportedSessions(store, areNamed ? ids : allIds(store), {
        signal,
        onSession,
        areNamed,
      });
      await body(sessions);
      if (!areNamed) await noteWhatIsNotInIt(store, sessions, context.output);
    });
  });
}

/** Somebody who says --all may take the archive for everything. */
async function noteWhatIsNotInIt(
  store: SessionStore,
  { sessions, gone }: ExportedSessions,
  output: Output,
): Promise<void> {
  if (gone > 0) await output.note(`${count(gone, "session")} deleted meanwhile, and not exported.`);
  if (sessions === 0) await output.note(`No sessions in ${oneLine(placeOf(store))}.`);
  const elsewhere = await elsewhereSentence(store);
  if (elsewhere !== "") await output.note(`One namespace was exported.${elsewhere}`);
}

/** What is left of it when Ctrl-C comes. */
function lostBy(plan: ExportPlan): string | null {
  if (plan.kind === "files") return null;
  if (plan.file === null) return "what was printed is not whole";
  return existsSync(plan.file) ? null : `${oneLine(plan.file)} was not made`;
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
    gone: sessions.gone,
    ...redactionFacts(redaction),
  };
  const what = `${count(report.sessions, "session")} with ${count(report.messages, "message")}`;
  await output.changed(report, `${what} written to ${oneLine(report.path)}`);
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
  if (output.isJson) await output.document({ ...report, gone: sessions.gone, ...redactionFacts(redaction) });
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
