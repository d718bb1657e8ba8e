import { count } from "../describe-session.js";
import type { Output } from "../output.js";
import { printImportProblems } from "../print-import-problems.js";
import { type Column, renderTable } from "../render-table.js";
import { oneLine } from "../terminal-text.js";
import { type BackendReport, type DemoReport, type HopReport, STEPS } from "./demo-report.js";

/** The demo's tables, what was wrong, and where the files are. */
export async function printDemo(report: DemoReport, output: Output): Promise<void> {
  const { bold, dim, green, red } = output.colors;
  const mark = (isGood: boolean): string => (isGood ? "yes" : "NO");
  const style = (cell: string, { verified }: { readonly verified: boolean }): string =>
    verified ? green(cell) : red(cell);
  const backendColumns: readonly Column<BackendReport>[] = [
    { header: "backend", value: ({ backend }) => backend },
    { header: "sessions", align: "right", value: ({ sessions }) => String(sessions) },
    { header: "messages", align: "right", value: ({ messages }) => String(messages) },
    ...STEPS.map(
      (step): Column<BackendReport> => ({
        header: step,
        align: "right",
        value: ({ stepsMs }) => milliseconds(stepsMs[step]),
      }),
    ),
    { header: "on disk", align: "right", value: ({ bytesOnDisk }) => size(bytesOnDisk) },
    { header: "verified", value: ({ verified }) => mark(verified), style },
  ];
  const hopColumns: readonly Column<HopReport>[] = [
    { header: "migration", value: ({ from, to }) => `${from} -> ${to}` },
    { header: "sessions", align: "right", value: ({ sessions }) => String(sessions) },
    {
      header: "digests equal",
      align: "right",
      value: ({ equalDigests, sessions }) => `${equalDigests} of ${sessions}`,
    },
    { header: "time", align: "right", value: ({ ms }) => milliseconds(ms) },
    { header: "on disk", align: "right", value: ({ bytesOnDisk }) => size(bytesOnDisk) },
    { header: "verified", value: ({ verified }) => mark(verified), style },
  ];
  const [first] = report.backends;
  const { imported, messages } = report.input;
  const sources = report.sources.map(oneLine).join(", ");
  await output.text(`${count(imported, "session")} with ${count(messages, "message")} from ${sources}\n`);
  if (first === undefined) {
    await printImportProblems(report.input, output);
    await output.note(`${red("nothing to do")}: no session was found in ${sources}`);
    return;
  }
  await output.text(
    `${bold("The main job on each backend")} ${dim("(times in ms; every answer is checked)")}`,
  );
  await output.text(await renderTable(report.backends, backendColumns, { styleHeader: dim }));
  await output.text(
    `\nAfter the same work, ${report.equalAcrossBackends} of ${count(first.sessions, "session")} have one digest on all three.\n`,
  );
  if (report.migration.length > 0)
    await output.text(await renderTable(report.migration, hopColumns, { styleHeader: dim }));
  for (const { backend, problem } of report.backends) {
    if (problem !== null) await output.note(`${red("wrong")} ${backend}: ${oneLine(problem)}`);
  }
  for (const { from, to, problem } of report.migration) {
    if (problem !== null) await output.note(`${red("wrong")} ${from} -> ${to}: ${oneLine(problem)}`);
  }
  await printImportProblems(report.input, output);
  await output.text(`\nThe files are in ${oneLine(report.folder)}`);
  await output.text(dim(`Look around: agent-sessions list --store "${oneLine(first.store)}"`));
  await output.text(
    report.ok ? green("Everything is as it has to be.") : red("Something is not as it has to be; see above."),
  );
}

function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return "-";
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0);
}

function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
