import { SessionStoreError } from "../session-store-error.js";
import { codeOf, holds, same, settle } from "./assertions.js";
import type { ChildCall } from "./child-store.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { lookDuring } from "./look-during.js";
import { openOtherWriter } from "./other-writer.js";
import { numbered } from "./sample-messages.js";

/** What readers see while somebody else writes, from another process where there can be one. */
export const racingClauses: readonly Clause[] = clauseGroup("reads during writes", [
  {
    id: "reads.racing-deletes",
    title:
      "a read that races creates and deletes gives the session whole or says that it is not there, and no list shows it twice or damaged",
    async run(context) {
      const store = await context.open();
      const write = await openOtherWriter(context);
      await store.create({ id: "stays", title: "word", messages: numbered(1, 2) });
      const comesAndGoes: ChildCall[] = [
        { method: "create", args: [{ id: "a", title: "word", messages: messages(1, 3) }] },
        { method: "append", args: ["a", messages(4, 6)] },
        { method: "save", args: ["a", { messages: messages(1, 9) }] },
        { method: "delete", args: ["a"] },
      ];
      const calls = Array.from({ length: context.rounds }, () => comesAndGoes).flat();
      await lookDuring(write(calls), async () => {
        const outcome = await settle(store.load("a"));
        const code = codeOf(outcome);
        holds(
          code === "resolved" || code === "SESSION_NOT_FOUND",
          "how a load() ends",
          outcome,
          "the session, or SESSION_NOT_FOUND",
        );
        if ("value" in outcome) {
          const { messages: found } = outcome.value as { messages: readonly unknown[] };
          same(found, numbered(1, found.length), "the messages that load() gives");
          holds(
            [3, 6, 9].includes(found.length),
            "how many messages load() gives",
            found.length,
            "whole batches: 3, 6 or 9",
          );
        }
        await checkIteration(collect(store.messages("a")));
        const { sessions, unreadable } = await store.list({ orderBy: "id" });
        const ids = sessions.map(({ id }) => id);
        same(ids, ids.includes("a") ? ["a", "stays"] : ["stays"], "the sessions that list() shows");
        same(unreadable, [], "the unreadable ones in list()");
        const found = new Set((await collect(store.search("word"))).map(({ id }) => id));
        holds(found.has("stays"), "the sessions that search() finds", [...found], '"stays" among them');
      });
    },
  },
  {
    id: "verify.quiet",
    title: "verify() finds nothing in a healthy store while others write to it",
    async run(context) {
      const store = await context.open();
      const writers = await Promise.all([openOtherWriter(context), openOtherWriter(context)]);
      await store.create({ id: "shared", messages: numbered(1, 20) });
      const writing = writers.map((write, n) =>
        write(
          Array.from({ length: Math.ceil(context.rounds / 2) }, (_, round) =>
            writesOfEveryKind(n, round),
          ).flat(),
        ),
      );
      await lookDuring(Promise.all(writing), async () => {
        same(await collect(store.verify()), [], "findings while others write");
      });
    },
  },
]);

/** All of what was there, or a rejection that says why not. */
async function checkIteration(reading: Promise<readonly { message: object }[]>): Promise<void> {
  const outcome = await settle(reading);
  if ("value" in outcome) {
    const found = (outcome.value as readonly { message: object }[]).map(({ message }) => message);
    same(found, numbered(1, found.length), "the messages that messages() yields");
    return;
  }
  const { error } = outcome;
  holds(
    SessionStoreError.is(error, "SESSION_NOT_FOUND") || SessionStoreError.is(error, "SESSION_CONFLICT"),
    "how an iteration of messages() ends",
    error,
    "at its end, or SESSION_NOT_FOUND or SESSION_CONFLICT",
  );
}

function messages(first: number, last: number): { role: string; content: string }[] {
  return numbered(first, last).map(({ role, content }) => ({ role: String(role), content: String(content) }));
}

function writesOfEveryKind(writer: number, round: number): readonly ChildCall[] {
  const id = `${writer} ${round}`;
  return [
    { method: "create", args: [{ id, title: "T", messages: messages(1, 4) }] },
    { method: "append", args: [id, messages(5, 6), { operationId: "op", usage: { inputTokens: 1 } }] },
    { method: "append", args: ["shared", messages(1, 2)] },
    { method: "update", args: [id, { labels: ["l"], set: { step: round } }] },
    { method: "truncate", args: [id, 3] },
    { method: "append", args: [id, messages(3, 8), { replaceFrom: 3 }] },
    { method: "save", args: [id, { messages: messages(1, 5) }] },
    { method: "fork", args: [id, { id: `${id} fork` }] },
    { method: "delete", args: [id] },
  ];
}
