import { digest, type Entry, type Message, type SessionStore, snapshotOf } from "@agent-sessions/core";
import { importSessions } from "../import-sessions.js";
import { checkEqual, checkRejects } from "./check.js";
import type { Step } from "./demo-report.js";
import { type ExpectedSession, expectSearch, wordsOf } from "./expected-sessions.js";

/** A word that occurs nowhere else, so that a search for it has a known answer. */
const CHECKPOINT = "demo-checkpoint-7f3a";

export interface Exercise {
  readonly store: SessionStore;
  readonly sources: readonly string[];
  /** What `sources` hold; brought up to date as the store is written to. */
  readonly sessions: ExpectedSession[];
  /** The clock that the store was opened with. */
  readonly clock: { now: number };
}

/** One step of the main job: does it, and checks every answer. */
export type RunStep = (exercise: Exercise) => Promise<void>;

/** The main job, step by step; each one rejects with a `WrongAnswerError` at the first answer that is not the expected one. */
export const EXERCISES: Readonly<Record<Step, RunStep>> = {
  import: importAll,
  append: appendToEach,
  load: loadEach,
  list: listAll,
  search: searchWords,
  fork: forkLongest,
  delete: deleteFork,
  verify: verifyStore,
};

async function importAll({ store, sources, sessions }: Exercise): Promise<void> {
  const report = await importSessions(store, sources);
  checkEqual("imported sessions", report.imported, sessions.length);
  for (const { head, digest: expected } of sessions) {
    checkEqual(`digest of ${head.id}`, await digest(await snapshotOf(store, head.id)), expected);
  }
  const again = await importSessions(store, sources);
  checkEqual("sessions imported by a second run", again.imported, 0);
}

/** A question and its answer for each session, twice with the same operation id: the second time nothing may change. */
async function appendToEach({ store, sessions, clock }: Exercise): Promise<void> {
  for (const session of sessions) {
    const { head, entries } = session;
    clock.now += 1000;
    const question = `Where were we? Please note ${CHECKPOINT} and go on.`;
    const messages: readonly Message[] = [
      { role: "user", content: question },
      {
        role: "assistant",
        content: [{ type: "text", text: `Noted. Message ${entries.length + 2} of "${head.title}".` }],
      },
    ];
    const options = { usage: { inputTokens: 12, outputTokens: 9 }, operationId: "demo-append" };
    const appended = await store.append(head.id, messages, options);
    const now = new Date(clock.now).toISOString();
    // Times never go back within a session, even where a file comes from the future.
    const at = [now, head.updatedAt].toSorted().at(-1) ?? now;
    for (const message of messages) entries.push({ seq: entries.length + 1, at, message });
    checkEqual(`head of ${head.id} after an append`, appended, {
      ...head,
      preview: head.preview === "" ? question : head.preview,
      messageCount: entries.length,
      revision: head.revision + 1,
      usage: {
        ...head.usage,
        inputTokens: head.usage.inputTokens + 12,
        outputTokens: head.usage.outputTokens + 9,
      },
      updatedAt: at,
    });
    const repeated = await store.append(head.id, messages, options);
    checkEqual(`revision of ${head.id} after the same append again`, repeated.revision, appended.revision);
    session.head = appended;
  }
}

async function loadEach({ store, sessions }: Exercise): Promise<void> {
  for (const { head, entries } of sessions) {
    const { messages, ...loaded } = await store.load(head.id);
    checkEqual(`head of ${head.id}`, loaded, head);
    checkEqual(
      `messages of ${head.id}`,
      messages,
      entries.map(({ message }) => message),
    );
    const newest: Entry[] = [];
    for await (const entry of store.messages(head.id, { last: 2 })) newest.push(entry);
    checkEqual(`newest messages of ${head.id}`, newest, entries.slice(-2));
  }
}

/** Walks all pages, a few sessions each, newest first. */
async function listAll({ store, sessions }: Exercise): Promise<void> {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ limit: Math.max(1, Math.ceil(sessions.length / 3)), cursor });
    checkEqual("unreadable sessions", page.unreadableCount, 0);
    for (const { id, messageCount } of page.sessions) {
      seen.push(id);
      checkEqual(
        `listed messages of ${id}`,
        messageCount,
        sessions.find(({ head }) => head.id === id)?.entries.length,
      );
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  checkEqual("order of the list", seen, newestFirst(sessions));
}

function newestFirst(sessions: readonly ExpectedSession[]): readonly string[] {
  const byTimeThenId = sessions.map(({ head }) => head);
  byTimeThenId.sort((a, b) => {
    if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt ? 1 : -1;
    return Buffer.compare(Buffer.from(a.id), Buffer.from(b.id));
  });
  return byTimeThenId.map(({ id }) => id);
}

async function searchWords({ store, sessions }: Exercise): Promise<void> {
  for (const word of [CHECKPOINT, CHECKPOINT.toUpperCase(), ...wordsOf(sessions, 5), "no-such-word-91c2"]) {
    const { places } = expectSearch(word, sessions);
    const found: string[] = [];
    for await (const hit of store.search(word, { limit: places.length + 1 })) {
      found.push(`${hit.id}#${hit.seq ?? "title"}`);
      const match = hit.snippet.slice(hit.matchStart, hit.matchEnd);
      checkEqual("marked match", match.normalize("NFC").toLowerCase(), word.normalize("NFC").toLowerCase());
    }
    checkEqual(`places of "${word}"`, found.sort(), places);
  }
}

async function forkLongest(exercise: Exercise): Promise<void> {
  const { store } = exercise;
  const { head, entries, half, forkId } = longest(exercise);
  const fork = await store.fork(head.id, { id: forkId, title: "Another way", messageCount: half });
  checkEqual("lineage of the fork", fork.parent, { id: head.id, messageCount: half });
  checkEqual("usage of the fork", fork.usage, { inputTokens: 0, outputTokens: 0 });
  checkEqual("title of the fork", fork.title, "Another way");
  const copied = entries.slice(0, half).map(({ message }) => message);
  checkEqual("messages of the fork", (await store.load(forkId)).messages, copied);
  await store.append(forkId, { role: "user", content: "Only here." });
  checkEqual("messages of the original", (await store.head(head.id)).messageCount, entries.length);
  checkEqual("forks of the original", (await store.list({ parentId: head.id })).sessions[0]?.id, forkId);
  await checkRejects(
    "forking onto a taken id",
    store.fork(head.id, { id: forkId }),
    "SESSION_ALREADY_EXISTS",
  );
}

async function deleteFork(exercise: Exercise): Promise<void> {
  const { store, sessions } = exercise;
  const { forkId } = longest(exercise);
  checkEqual("first delete", await store.delete(forkId), true);
  checkEqual("second delete", await store.delete(forkId), false);
  checkEqual("existence after the delete", await store.exists(forkId), false);
  await checkRejects("loading what was deleted", store.load(forkId), "SESSION_NOT_FOUND");
  for (const { head, entries } of sessions) {
    checkEqual(
      `messages of ${head.id} after the delete`,
      (await store.head(head.id)).messageCount,
      entries.length,
    );
  }
}

async function verifyStore({ store }: Exercise): Promise<void> {
  const findings: unknown[] = [];
  for await (const finding of store.verify()) findings.push(finding);
  checkEqual("faults found", findings, []);
}

function longest({
  sessions,
}: Exercise): ExpectedSession & { readonly half: number; readonly forkId: string } {
  const [first, ...others] = sessions;
  if (first === undefined) throw new TypeError("There is no session to work with.");
  const session = others.reduce(
    (best, next) => (next.entries.length > best.entries.length ? next : best),
    first,
  );
  return { ...session, half: Math.ceil(session.entries.length / 2), forkId: "demo-fork-of-the-longest" };
}
