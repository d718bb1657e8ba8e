import type { SessionHead } from "../session.js";
import { holds, same, settle } from "./assertions.js";
import { type Clause, clauseGroup } from "./clause.js";
import { collect } from "./collect.js";
import { snapshotWithId } from "./every-method.js";
import { createGate } from "./gate.js";
import { idsIn, observe } from "./observe-session.js";
import { numbered, textsOf, user } from "./sample-messages.js";

/** What a process leaves that is killed, and what it needs while it lives. */
export const crashClauses: readonly Clause[] = clauseGroup("processes", [
  {
    id: "crash.kill",
    title:
      "a writer that is killed at any moment loses nothing that was acknowledged, and leaves whole batches only",
    requires: ["multiProcess"],
    async run({ open, openElsewhere, rounds }) {
      const store = await open();
      for (let round = 0; round < rounds; round++) {
        const id = `killed ${round}`;
        await store.create({ id });
        const child = await openElsewhere("process");
        const enough = createGate();
        const least = Math.floor(Math.random() * 8);
        let acknowledged = 0;
        const writing = child.writeOn(id, (batch) => {
          acknowledged = batch;
          if (batch > least) enough.open();
        });
        await Promise.race([enough.passed, writing]);
        // From here on it fails because its process is gone.
        writing.catch(() => undefined);
        const delayMs = Math.random() * 10;
        await new Promise((resume) => setTimeout(resume, delayMs));
        await child.kill();
        const when = `killed ${delayMs.toFixed(2)} ms after batch ${least + 1}`;
        const reader = await open();
        const texts = await textsOf(reader, id);
        const batches = texts.length / 2;
        holds(
          batches >= acknowledged,
          `the batches that are there (${when})`,
          batches,
          `the ${acknowledged} that were acknowledged, or more`,
        );
        const expected = Array.from({ length: batches }, (_, n) => [`${n + 1}.0`, `${n + 1}.1`]).flat();
        same(texts, expected, `the messages of a writer ${when}`);
        same(await idsIn(reader), await idsIn(store), `the sessions that are listed (${when})`);
        const head = await reader.append(id, user("goes on"));
        const after = await textsOf(reader, id);
        // A server may have had the last statement of the dead still in hand: its batch lands whole and in one place, or not at all.
        const late = [`${batches + 1}.0`, `${batches + 1}.1`];
        const at = reader.capabilities.multiHost ? after.indexOf(`${batches + 1}.0`) : -1;
        const landed = at === -1 ? [] : after.splice(at, late.length);
        same(landed, at === -1 ? [] : late, `what a server still had in hand (${when})`);
        same(after, [...texts, "goes on"], `the messages after the next append (${when})`);
        const count = texts.length + 1 + (at === texts.length ? landed.length : 0);
        same(head.messageCount, count, `the number of messages after the next append (${when})`);
        same(await collect(reader.verify()), [], `findings after the next append (${when})`);
        // verify() reads the whole store: sessions that pile up would make a long run quadratic.
        await reader.delete(id);
        await reader.close();
      }
    },
  },
  {
    id: "restore.killed",
    title:
      "a restore whose process is killed leaves what was there; what it staged is never listed, and can be cleaned up",
    requires: ["multiProcess"],
    async run({ open, openElsewhere }) {
      const store = await open();
      await store.create({ id: "old", title: "kept", messages: numbered(1, 3) });
      const before = await observe(store, "old");
      for (const id of ["new", "old"]) {
        const child = await openElsewhere("process");
        const stalled = createGate();
        const restoring = child.restore(
          { head: madeHead(id, 2000), messageBytes: 1000, stallsAfter: 1500 },
          () => stalled.open(),
        );
        await Promise.race([stalled.passed, restoring]);
        restoring.catch(() => undefined);
        await child.kill();
        const reader = await open();
        same(await idsIn(reader), ["old"], `the sessions that are listed after a restore of "${id}"`);
        same((await reader.list()).unreadable, [], "the unreadable ones in list()");
        same(await observe(reader, "old"), before, "the session that was there");
        same(await reader.exists("new"), false, "exists() of what was never complete");
      }
      const reader = await open();
      await reader.restore(snapshotWithId("new"));
      const { remaining } = await reader.repair();
      same(remaining, [], "what remains after repair()");
      same(await collect(reader.verify()), [], "findings after repair()");
      same(await idsIn(reader), ["new", "old"], "the sessions at the end");
    },
  },
  {
    id: "restore.streams",
    title:
      "a restore, an iteration and a fork of a session larger than the heap go batch by batch, and never hold all of it",
    requires: ["multiProcess"],
    async run({ open, openElsewhere }) {
      const thread = await openElsewhere("worker", { maxHeapMib: HEAP_MIB });
      const head = madeHead("large", (SESSION_MIB * 1024 * 1024) / MESSAGE_BYTES);
      const size = `${SESSION_MIB} MiB with a heap of ${HEAP_MIB} MiB`;
      const within = async (work: Promise<unknown>, what: string): Promise<unknown> => {
        const outcome = await settle(work);
        if ("value" in outcome) return outcome.value;
        return holds(
          false,
          `how a thread ends that is to ${what} ${size}`,
          outcome.error,
          "with the work done",
        );
      };
      await within(thread.restore({ head, messageBytes: MESSAGE_BYTES }), "restore");
      same(
        await within(thread.count("large"), "iterate over"),
        head.messageCount,
        "the messages it iterated over",
      );
      await within(thread.call([{ method: "fork", args: ["large", { id: "fork" }] }]), "fork");
      const store = await open();
      for (const id of ["large", "fork"])
        same((await store.head(id)).messageCount, head.messageCount, `the messages of "${id}"`);
      same(
        (await collect(store.messages("fork", { last: 1 }))).map(({ seq }) => seq),
        [head.messageCount],
        "the last position of the fork",
      );
    },
  },
]);

/** Room for a runtime, an engine and a few batches, in MiB. */
const HEAP_MIB = 28;
const SESSION_MIB = 44;
const MESSAGE_BYTES = 512 * 1024;

function madeHead(id: string, messageCount: number): SessionHead {
  return { ...snapshotWithId(id).head, messageCount };
}
