import { type HeadChange, InvalidInputError, type Metadata, type SessionHead } from "@agent-sessions/core";
import type { Command } from "commander";
import type { Configure } from "../command-context.js";
import { changedLine } from "../describe-session.js";
import { assignment, collect, eitherOr, metadata, wholeNumber } from "../options/parse-value.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";

type Options = {
  readonly title?: string;
  readonly label?: readonly string[];
  readonly addLabel?: readonly string[];
  readonly removeLabel?: readonly string[];
  readonly meta?: readonly string[];
  readonly unsetMeta?: readonly string[];
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
  readonly pin?: boolean;
  readonly unpin?: boolean;
  readonly archive?: boolean;
  readonly unarchive?: boolean;
  readonly expectedRevision?: number;
};

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<session>", SESSION_ARGUMENT)
    .option("--title <text>", "a new title")
    .option("--label <label>", "replace its labels by this one; several: by these", collect)
    .option("--add-label <label>", "add a label; may be given several times", collect)
    .option("--remove-label <label>", "remove a label; may be given several times", collect)
    .option("--meta <key=value>", "set a fact in its metadata; may be given several times", collect)
    .option("--unset-meta <key>", "remove a fact from its metadata; may be given several times", collect)
    .option(
      "--set <path=value>",
      "set a value in its state by dotted path, JSON or text; may be given several times",
      collect,
    )
    .option("--unset <path>", "remove a value from its state; may be given several times", collect)
    .option("--pin", "pin it")
    .option("--unpin", "unpin it")
    .option("--archive", "archive it")
    .option("--unarchive", "bring it back from the archive")
    .option("--expected-revision <number>", "only when the session is at this revision", wholeNumber(0))
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions update latest --title "Login" --add-label auth --pin
  agent-sessions update 01a1fe96 --set workflow.step=review --unset workflow.draft`,
    )
    .action(async (reference: string, options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      refuseNothing(options, command);
      const set = options.set?.map(assignment);
      const meta = metadata(options.meta ?? []);
      const pinned = eitherOr(options, "pin", "unpin");
      const archived = eitherOr(options, "archive", "unarchive");
      await context.withStore(async (store) => {
        const id = await context.resolveSession(store, reference);
        const head = await store.update(
          id,
          (present): HeadChange => ({
            title: options.title,
            labels: changedLabels(present, options),
            metadata: changedMetadata(present, meta, options.unsetMeta ?? []),
            pinned,
            archived,
            // Pairs keep the order of the command line, where the same path may stand twice.
            set: set?.map(([path, value]) => [path.split("."), value] as const),
            unset: options.unset,
          }),
          { expectedRevision: options.expectedRevision },
        );
        await output.changed(head, changedLine(head));
      });
    });
};

/** @throws {InvalidInputError} INVALID_OPTIONS when no change was named */
function refuseNothing({ expectedRevision: _expectedRevision, ...changes }: Options, command: Command): void {
  if (Object.keys(changes).length > 0) return;
  const names = command.options.map(({ long }) => long).filter((name) => name !== "--expected-revision");
  const problem = `Nothing to change was named. Name at least one of ${names.join(", ")}.`;
  throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "command line" });
}

function changedLabels(present: SessionHead, { label, addLabel, removeLabel }: Options): readonly string[] {
  const removed = new Set(removeLabel);
  return [...(label ?? present.labels), ...(addLabel ?? [])].filter((one) => !removed.has(one));
}

function changedMetadata(present: SessionHead, set: Metadata, unset: readonly string[]): Metadata {
  const removed = new Set(unset);
  return Object.fromEntries(
    [...Object.entries(present.metadata), ...Object.entries(set)].filter(([key]) => !removed.has(key)),
  );
}
