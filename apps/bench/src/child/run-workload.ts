import { mkdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { MessageGenerator, RARE_WORD, sessionId, sessionMessages } from "../generated-sessions.js";
import { timed } from "../measure-sides.js";
import { openOurStore } from "../peers/our-store.js";
import type { OpenPeer, Peer, PeerSource } from "../peers/peer.js";
import { median } from "../statistics.js";

export interface RunWorkloadInput {
  readonly source: PeerSource;
  /** There, and empty. */
  readonly folder: string;
  /** How long the one session gets, one append at a time. */
  readonly messages: number;
  /** How many short sessions are listed and searched. */
  readonly sessions: number;
}

/** All in milliseconds, but for the count. */
export interface WorkloadAnswer {
  /** Of all appends together. */
  readonly appendTotalMs: number;
  /** Of the last hundredth of the appends: what one costs at the full length. */
  readonly appendAtEndMs: number;
  readonly readLastMs: number;
  readonly deleteMs: number;
  readonly createMs: number;
  readonly listMs: number;
  readonly searchMs: number;
}

const READ_LAST = 20;
const LISTED = 50;
const READS = 20;
/** A list or a search is repeated until it took so long in all; in milliseconds. */
const ENOUGH_MS = 1000;
const MOST_REPEATS = 20;
const LAST_PART = 100;
/** The stores that read slowly would make of the reading most of the measuring. */
const WARM_UP = 1;

/** Does to one store what an agent does: a long session, and a list and a search over many short ones. */
export async function runWorkload(input: RunWorkloadInput): Promise<WorkloadAnswer> {
  const long = await measureLongSession(input);
  const many = await measureManySessions(input);
  return { ...long, ...many };
}

async function measureLongSession({ source, folder, messages }: RunWorkloadInput) {
  const peer = await openIn(source, folder, "long");
  const generator = new MessageGenerator();
  await peer.create("long", generator.title(), generator.message());
  const took: number[] = [];
  for (let length = 1; length < messages; length++) {
    const message = generator.message();
    took.push(await timed(() => peer.append("long", message)));
  }
  const readLastMs = await medianOf(READS, async () => {
    const last = await peer.readLast("long", READ_LAST);
    if (last.length !== READ_LAST) throw new Error(`Read ${last.length} messages instead of ${READ_LAST}.`);
  });
  const deleteMs = await timed(() => peer.delete("long"));
  await peer.close();
  return {
    appendTotalMs: took.reduce((sum, each) => sum + each, 0),
    appendAtEndMs: median(took.slice(-Math.max(3, Math.ceil(took.length / LAST_PART)))),
    readLastMs,
    deleteMs,
  };
}

async function measureManySessions({ source, folder, sessions }: RunWorkloadInput) {
  const peer = await openIn(source, folder, "many");
  const generator = new MessageGenerator();
  const created: number[] = [];
  let wanted = 0;
  for (let index = 0; index < sessions; index++) {
    const [message = {}] = sessionMessages(generator, index, 1);
    if (String(message.content).includes(RARE_WORD)) wanted++;
    const title = generator.title();
    created.push(await timed(() => peer.create(sessionId(index), title, message)));
  }
  const listMs = await medianOf(MOST_REPEATS, async () => {
    const { length } = await peer.listNewest(LISTED);
    if (length !== LISTED) throw new Error(`Listed ${length} sessions instead of ${LISTED}.`);
  });
  const searchMs = await medianOf(MOST_REPEATS, async () => {
    const hits = await peer.countHits(RARE_WORD);
    if (hits !== wanted) throw new Error(`Found ${hits} messages instead of ${wanted}.`);
  });
  await peer.close();
  return { createMs: median(created), listMs, searchMs };
}

async function openIn(source: PeerSource, parent: string, name: string): Promise<Peer> {
  const folder = path.join(parent, name);
  mkdirSync(folder);
  if (source.kind === "ours") return await openOurStore(source.backend, source.durability, folder);
  const { open } = (await import(pathToFileURL(source.file).href)) as { readonly open: OpenPeer };
  return await open(folder);
}

/** The median of several runs; of fewer where they are slow. */
async function medianOf(most: number, body: () => Promise<void>): Promise<number> {
  const took: number[] = [];
  const endsAt = performance.now() + ENOUGH_MS;
  for (let done = -WARM_UP; done < most && (took.length === 0 || performance.now() < endsAt); done++) {
    const each = await timed(body);
    if (done >= 0 || performance.now() > endsAt) took.push(each);
  }
  return median(took);
}
