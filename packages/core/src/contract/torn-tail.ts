import type { SessionStore } from "../session-store.js";
import { holds, same } from "./assertions.js";
import type { ClauseContext } from "./clause.js";
import { collect } from "./collect.js";
import { observe } from "./observe-session.js";
import { numbered, numberedTexts, textsOf, user } from "./sample-messages.js";

/** Each byte is tried so far from either end of a record: where its end mark and its beginning lie. */
const EDGE_BYTES = 4;

/** How many bytes to tear off: all near the ends of the record, and between them so many at random, spread over the whole of it. */
export function chooseCuts(most: number, rounds: number): readonly number[] {
  const cuts = new Set<number>();
  for (let bytes = 1; bytes <= most; bytes++)
    if (bytes <= EDGE_BYTES || bytes > most - EDGE_BYTES) cuts.add(bytes);
  const between = Math.max(0, most - 2 * EDGE_BYTES);
  const count = Math.min(between, rounds);
  for (let part = 0; part < count; part++)
    cuts.add(EDGE_BYTES + 1 + Math.floor(((part + Math.random()) * between) / count));
  return [...cuts].sort((a, b) => a - b);
}

/** The most bytes that can be torn off the record which `checkTorn` tears. */
export async function mostTornBytes(context: ClauseContext): Promise<number> {
  for (let limit = 64; ; limit *= 2) {
    const most = await tearAtMost(context, limit);
    holds(most > 0, "how many bytes tearTail() can tear off", most, "one at least");
    if (most < limit) return most;
  }
}

/** How many bytes can be torn off, at most `limit`. */
async function tearAtMost({ open, hook }: ClauseContext, limit: number): Promise<number> {
  const id = tornId("try", limit);
  const tear = hook("tearTail");
  const writer = await open();
  await appendThrice(writer, id);
  await writer.close();
  let bytes = limit;
  while (bytes > 0 && !(await tear(id, bytes, "cut"))) bytes--;
  const reader = await open();
  await reader.delete(id);
  await reader.close();
  return bytes;
}

/** Tears the last record of a fresh session, and looks at what is left of it. */
export async function checkTorn(
  { open, hook }: ClauseContext,
  how: "cut" | "nul",
  bytes: number,
): Promise<void> {
  const id = tornId(how, bytes);
  const store = await open();
  const { committed, whole } = await appendThrice(store, id);
  await store.close();
  // A record that holds times or random ids may be a little shorter than the one that was measured.
  const isTorn = await hook("tearTail")(id, bytes, how);
  const reader = await open();
  const found = await observe(reader, id);
  // A record that misses no more than its terminator is complete.
  const isComplete = !isTorn || (found.load as { messageCount: number }).messageCount === 5;
  same(found, isComplete ? whole : committed, `the session with ${bytes} bytes ${how}`);
  if (!isComplete) {
    const findings = (await collect(reader.verify())).filter((finding) => finding.id === id);
    same(findings.length > 0, true, `verify() tells about ${bytes} bytes ${how}`);
  }
  await reader.append(id, user("goes on"));
  same(
    await textsOf(await open(), id),
    [...numberedTexts(1, 4), ...(isComplete ? ["torn"] : []), "goes on"],
    `the messages after the next append, ${bytes} bytes ${how}`,
  );
  same(await collect(reader.verify()), [], `verify() after the next append, ${bytes} bytes ${how}`);
  // verify() reads the whole store: sessions that pile up would make the clause quadratic.
  await reader.delete(id);
  await reader.close();
}

/** Of one length each, so that records which hold the id are of one length too. */
function tornId(how: string, bytes: number): string {
  return `${how} ${String(bytes).padStart(6, "0")}`;
}

/** A session whose last record is a message "torn". */
async function appendThrice(store: SessionStore, id: string): Promise<{ committed: object; whole: object }> {
  await store.create({ id, messages: numbered(1, 2) });
  await store.append(id, numbered(3, 4));
  const committed = await observe(store, id);
  await store.append(id, user("torn"));
  return { committed, whole: await observe(store, id) };
}
