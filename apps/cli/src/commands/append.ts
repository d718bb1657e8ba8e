import type { SessionStore } from "@agent-sessions/core";
import { canAsk } from "../can-ask.js";
import type { CommandContext, Configure } from "../command-context.js";
import { changedLine } from "../describe-session.js";
import { agreeToDrop } from "../dropped-messages.js";
import { readMessages } from "../options/messages-input.js";
import { collect, role, usage, wholeNumber } from "../options/parse-value.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";
import { checkNewId } from "../references/resolve-reference.js";

type Options = {
  readonly role: string;
  readonly jsonl?: boolean;
  readonly usage?: readonly string[];
  readonly operationId?: string;
  readonly createIfMissing?: boolean;
  readonly replaceFrom?: number;
  readonly expectedRevision?: number;
  readonly yes?: boolean;
};

export const configure: Configure = (command, contextOf) => {
  command
    .argument("<session>", SESSION_ARGUMENT)
    .argument("[text...]", "messages, one each; without any, stdin is one message")
    .option("--role <role>", "who speaks", role, "user")
    .option("--jsonl", "read messages from stdin, one JSON object a line")
    .option(
      "--usage <counter=number>",
      "what it cost, such as outputTokens=96; may be given several times",
      collect,
    )
    .option("--operation-id <id>", "makes a retry safe: the same id and content again changes nothing")
    .option("--create-if-missing", "create the session when it does not exist; only a whole id names it then")
    .option("--replace-from <position>", "drop the messages from this position on first", wholeNumber(1))
    .option("--expected-revision <number>", "only when the session is at this revision", wholeNumber(0))
    .option(
      "--yes",
      "do not ask before --replace-from drops messages; only a whole id names the session then",
    )
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions append ID "What about time zones?"
  agent-sessions append ID -- "- what begins with a dash goes behind --"
  git diff | agent-sessions append ID --role tool
  cat messages.jsonl | agent-sessions append ID --jsonl --create-if-missing`,
    )
    .action(async (reference: string, texts: readonly string[], options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      await context.withStore(async (store) => {
        const id = await idOf(reference, options, store, context);
        const agreed = await agreedRevision(id, options, store, context);
        if (agreed === null) return;
        // Only now: nobody types a message for a session that is not there.
        const messages = await readMessages({
          texts,
          role: options.role,
          jsonLines: options.jsonl === true,
          output,
          signal: context.signal,
        });
        const head = await store.append(id, messages, {
          usage: options.usage === undefined ? undefined : usage(options.usage),
          operationId: options.operationId,
          createIfMissing: options.createIfMissing,
          replaceFrom: options.replaceFrom,
          expectedRevision: agreed,
        });
        await output.changed(head, changedLine(head));
      });
    });
};

async function idOf(
  reference: string,
  { createIfMissing, replaceFrom, yes }: Options,
  store: SessionStore,
  context: CommandContext,
): Promise<string> {
  if (createIfMissing !== true) {
    const isWholeId = replaceFrom !== undefined && (yes === true || !canAsk());
    return await context.resolveSession(store, reference, { isWholeId });
  }
  // A session that is to be created has no id yet that could be shortened.
  if (!(await store.exists(reference))) checkNewId(reference, "session");
  return reference;
}

/** The revision that the session has to be at, where that matters; null when it is to keep the messages that would be dropped. */
async function agreedRevision(
  id: string,
  { createIfMissing, replaceFrom, expectedRevision, yes }: Options,
  store: SessionStore,
  context: CommandContext,
): Promise<number | undefined | null> {
  if (replaceFrom === undefined || yes === true) return expectedRevision;
  if (createIfMissing === true && !(await store.exists(id))) return expectedRevision;
  const head = await agreeToDrop(store, id, replaceFrom - 1, context);
  if (head === null) return null;
  // What was added meanwhile is not what was agreed to.
  return expectedRevision ?? head.revision;
}
