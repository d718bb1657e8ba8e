import { type Session, type SessionStore, SessionStoreError } from "@agent-sessions/core";
import { type Command, execute, type Family, familyIds, type SessionModel } from "../family.js";
import type { Job } from "../job.js";
import { emptyTally, type Tally } from "../tally.js";
import { messageOf, tagOf } from "../texts.js";
import { sharedItem } from "./write-shared.js";

/** What must be there, and what may be. */
export interface AuditParameters {
  /** By session and writer: the numbers that were acknowledged, in order. */
  readonly ledger: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  /** Appends that were under way when their writer was killed: they are tried again, and must then be there once. */
  readonly pending: readonly { readonly session: string; readonly writer: string; readonly number: number }[];
  /** The sessions of each writer, and the write that was under way, if any. */
  readonly families: readonly AuditedFamily[];
  readonly faultsOfACrash: readonly string[];
}

/** The sessions of one writer. */
export interface AuditedFamily {
  readonly writer: string;
  /** What was acknowledged. */
  readonly family: Family;
  /** What it is if the write that was under way has happened; null when none was. */
  readonly after: Family | null;
  /** That write, when it can be tried again without doing it twice. */
  readonly retry: Command | null;
}

export interface AuditResult {
  readonly tally: Tally;
  /** For each family in turn: whether the write that was under way is there now. */
  readonly isAfter: readonly boolean[];
}

/** Looks at a store that nobody writes to, in a process that knows nothing of it: everything acknowledged is there, once. */
export const audit: Job<AuditParameters, AuditResult> = async ({ store }, parameters) => {
  const tally = emptyTally();
  await findFaults(store, tally, parameters.faultsOfACrash, "after the kills");
  const isAfter: boolean[] = [];
  for (const family of parameters.families) isAfter.push(await auditFamily(store, tally, family));
  for (const { session, writer, number } of parameters.pending) {
    await store.append(session, messageOf(sharedItem(writer, number)), {
      operationId: `${writer}.${number}`,
      createIfMissing: true,
    });
  }
  for (const [session, writers] of Object.entries(withPending(parameters))) {
    await auditShared(store, tally, session, writers);
  }
  await findStrays(store, tally, parameters, isAfter);
  // What a crash left is gone after a write to it, or after a repair; nothing else may be left by then.
  for (const finding of (await store.repair()).remaining)
    tally.wrong.push(`repair() leaves ${finding.fault}`);
  await findFaults(store, tally, [], "after repair()");
  return { tally, isAfter };
};

async function findFaults(
  store: SessionStore,
  tally: Tally,
  allowed: readonly string[],
  when: string,
): Promise<void> {
  for await (const { fault, message } of store.verify()) {
    if (!allowed.includes(fault)) tally.wrong.push(`verify() ${when}: ${fault}: ${message}`);
  }
}

type Shared = Record<string, Record<string, readonly number[]>>;

function withPending({ ledger, pending }: AuditParameters): Shared {
  const expected: Shared = Object.fromEntries(
    Object.entries(ledger).map(([id, writers]) => [id, { ...writers }]),
  );
  for (const { session, writer, number } of pending) {
    const writers = expected[session] ?? {};
    expected[session] = { ...writers, [writer]: [...(writers[writer] ?? []), number] };
  }
  return expected;
}

async function auditShared(
  store: SessionStore,
  tally: Tally,
  id: string,
  writers: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  const session = await loaded(store, tally, id);
  const found: Record<string, string[]> = Object.fromEntries(Object.keys(writers).map((name) => [name, []]));
  for (const message of session?.messages ?? []) {
    const tag = tagOf(message);
    const writer = tag?.split(".")[0] ?? "";
    const own = found[writer];
    if (tag === null || own === undefined) tally.wrong.push(`${id}: a message of nobody: ${tag}`);
    else own.push(tag);
  }
  for (const [writer, numbers] of Object.entries(writers)) {
    compareTags(
      tally,
      `${id}: ${writer}`,
      numbers.map((number) => `${writer}.${number}`),
      found[writer] ?? [],
    );
  }
}

/** Counts what is missing, what is there twice, and tells when the rest is out of order. */
function compareTags(
  tally: Tally,
  what: string,
  expected: readonly string[],
  found: readonly string[],
): void {
  const seen = new Set<string>();
  let doubled = 0;
  for (const tag of found) {
    if (seen.has(tag)) doubled++;
    seen.add(tag);
  }
  const lost = expected.filter((tag) => !seen.has(tag));
  tally.lost += lost.length;
  tally.doubled += doubled;
  if (lost.length > 0) tally.wrong.push(`${what}: lost ${lost.slice(0, 5).join(", ")}`);
  if (doubled > 0) tally.wrong.push(`${what}: ${doubled} doubled`);
  if (lost.length + doubled === 0 && expected.join() !== found.join()) {
    tally.wrong.push(`${what}: not in order, or more than was written`);
  }
}

async function auditFamily(
  store: SessionStore,
  tally: Tally,
  { writer, family, after, retry }: AuditedFamily,
): Promise<boolean> {
  const differsNow = await differences(store, tally, writer, family);
  if (after === null) {
    reportDifferences(tally, differsNow);
    return false;
  }
  if (retry !== null) await execute(store, retry);
  if (retry === null && differsNow.length === 0) return false;
  const differsAfter = await differences(store, tally, writer, after);
  // It is neither what it was nor what it was to become: told against what was acknowledged.
  if (differsAfter.length > 0) reportDifferences(tally, retry === null ? differsNow : differsAfter);
  return true;
}

interface Difference {
  readonly id: string;
  readonly expected: SessionModel | undefined;
  readonly found: Session | null;
}

/** Every session of a family that is not exactly as its model; those that must not be there included. */
async function differences(
  store: SessionStore,
  tally: Tally,
  writer: string,
  family: Family,
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const id of familyIds(writer)) {
    const expected = family[id];
    const isThere = await store.exists(id);
    if (!isThere && expected === undefined) continue;
    const session = isThere ? await loaded(store, tally, id) : null;
    if (session === null || expected === undefined || !equals(session, expected)) {
      found.push({ id, expected, found: session });
    }
  }
  return found;
}

function equals({ messages, title, state }: Session, model: SessionModel): boolean {
  return (
    title === model.title &&
    (state["step"] ?? 0) === model.step &&
    JSON.stringify(messages) === JSON.stringify(model.items.map(messageOf))
  );
}

function reportDifferences(tally: Tally, differences: readonly Difference[]): void {
  for (const { id, expected, found } of differences) {
    const have = (found?.messages ?? []).map((message) => tagOf(message) ?? "?");
    compareTags(tally, id, expected?.items.map(({ tag }) => tag) ?? [], have);
    tally.wrong.push(
      `${id}: expected ${expected === undefined ? "nothing" : `${expected.items.length} messages, title ${expected.title}, step ${expected.step}`}, found ${found === null ? "nothing" : `${have.length} messages, title ${found.title}, step ${JSON.stringify(found.state["step"])}`}`,
    );
  }
}

/** Everything that is listed and is not known to be there. */
async function findStrays(
  store: SessionStore,
  tally: Tally,
  parameters: AuditParameters,
  isAfter: readonly boolean[],
): Promise<void> {
  const known = new Set(Object.keys(withPending(parameters)));
  for (const [index, { family, after }] of parameters.families.entries()) {
    for (const id of Object.keys((isAfter[index] === true ? after : null) ?? family)) known.add(id);
  }
  let cursor: string | null = null;
  do {
    const page = await store.list({ orderBy: "id", limit: 1000, ...(cursor === null ? {} : { cursor }) });
    const listed = [...page.sessions, ...page.unreadable].map(({ id }) => id);
    const strays = listed.filter((id) => !known.delete(id));
    tally.strays += strays.length;
    if (strays.length > 0) tally.wrong.push(`listed, and no session: ${strays.join(", ")}`);
    cursor = page.nextCursor;
  } while (cursor !== null);
  for (const id of known) tally.wrong.push(`${id} is not listed`);
}

async function loaded(store: SessionStore, tally: Tally, id: string): Promise<Session | null> {
  try {
    return await store.load(id);
  } catch (error) {
    if (!SessionStoreError.is(error)) throw error;
    if (error.code === "SESSION_NOT_FOUND") tally.wrong.push(`${id} is not there`);
    else {
      tally.unreadable++;
      tally.wrong.push(`${id} cannot be read: ${error.code}: ${error.message}`);
    }
    return null;
  }
}
