import { type RepairReport, SessionStoreError } from "@agent-sessions/core";
import type { CommandContext, Configure } from "../command-context.js";
import { count } from "../describe-session.js";
import { EXIT } from "../exit-code.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";
import type { Output } from "../output.js";
import { oneLine } from "../terminal-text.js";

export const configure: Configure = (command, contextOf) => {
  command
    .argument("[session]", `${SESSION_ARGUMENT}; without it, the whole store`)
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions repair
  agent-sessions repair 01a1fe96`,
    )
    .action(async (id: string | undefined) => {
      const context = contextOf(command);
      const report = await repair(context, id);
      const { output } = context;
      if (output.isJson) await output.document(report);
      else await print(output, report);
      if (report.remaining.length > 0) process.exitCode = EXIT.corrupted;
    });
};

async function repair(context: CommandContext, id: string | undefined): Promise<RepairReport> {
  try {
    return await context.withStore(
      async (store) =>
        await store.repair(id === undefined ? undefined : await context.resolveSession(store, id)),
    );
  } catch (error) {
    const file = id === undefined ? damagedDatabaseOf(error) : null;
    if (file === null) throw error;
    const { repairSqliteDatabase } = await import("@agent-sessions/sqlite");
    return await repairSqliteDatabase({ path: file });
  }
}

/** The SQLite file that is so damaged that no store can be opened on it; null for any other error. */
function damagedDatabaseOf(error: unknown): string | null {
  if (!SessionStoreError.is(error, "STORE_IO") || error.location === undefined) return null;
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return code.startsWith("SQLITE_CORRUPT") ? error.location : null;
}

async function print(output: Output, { repaired, setAside, remaining }: RepairReport): Promise<void> {
  for (const { namespace, id, action } of repaired) {
    await output.text(`${placeOf(namespace, id)}: ${oneLine(action)}`);
  }
  for (const place of setAside) await output.text(`kept: ${oneLine(place)}`);
  for (const { namespace, id, message } of remaining) {
    await output.text(`${placeOf(namespace, id)}: still damaged: ${oneLine(message)}`);
  }
  if (repaired.length === 0 && remaining.length === 0) await output.text("Nothing to repair.");
  if (remaining.length > 0) await output.note(`${count(remaining.length, "fault")} could not be repaired.`);
}

function placeOf(namespace: string, id: string | null): string {
  return [namespace, id ?? "store"]
    .filter((part) => part !== "")
    .map(oneLine)
    .join("/");
}
