import type { Configure } from "../command-context.js";
import { changedLine } from "../describe-session.js";
import { readMessages } from "../options/messages-input.js";
import { collect, role, usage, wholeNumber } from "../options/parse-value.js";
import { SESSION_ARGUMENT } from "../options/session-argument.js";

type Options = {
  readonly role: string;
  readonly jsonl?: boolean;
  readonly usage?: readonly string[];
  readonly operationId?: string;
  readonly createIfMissing?: boolean;
  readonly replaceFrom?: number;
  readonly expectedRevision?: number;
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
    .option("--create-if-missing", "create the session when it does not exist")
    .option("--replace-from <position>", "drop the messages from this position on first", wholeNumber(1))
    .option("--expected-revision <number>", "only when the session is at this revision", wholeNumber(0))
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions append ID "What about time zones?"
  git diff | agent-sessions append ID --role tool
  cat messages.jsonl | agent-sessions append ID --jsonl --create-if-missing`,
    )
    .action(async (reference: string, texts: readonly string[], options: Options) => {
      const context = contextOf(command);
      const { output } = context;
      await context.withStore(async (store) => {
        // A session that is to be created has no id yet that could be shortened.
        const id =
          options.createIfMissing === true ? reference : await context.resolveSession(store, reference);
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
          expectedRevision: options.expectedRevision,
        });
        if (output.isJson) await output.document(head);
        else await output.text(changedLine(head));
      });
    });
};
