import { expect, it } from "vitest";
import { storeOver } from "../src/backend-session-store.js";
import { collect } from "../src/contract/collect.js";
import { MemoryBackend } from "../src/memory-backend.js";
import { createMemoryData } from "../src/memory-data.js";
import type { EntryRange, SessionKey, StoredEntry, Transcript } from "../src/session-backend.js";
import type { MessageRange, SessionStore } from "../src/session-store.js";

/** Hands out one array again and again, which is empty between two batches: as it may. */
class OneBatchBackend extends MemoryBackend {
  override async openTranscript(key: SessionKey): Promise<Transcript | null> {
    const transcript = await super.openTranscript(key);
    if (transcript === null) return null;
    return {
      head: transcript.head,
      read: (range) => inOneArray(transcript, range),
      close: () => transcript.close(),
    };
  }
}

async function* inOneArray(
  transcript: Transcript,
  range: EntryRange,
): AsyncGenerator<readonly StoredEntry[], void, undefined> {
  const batch: StoredEntry[] = [];
  for await (const entries of transcript.read(range)) {
    for (const entry of entries) {
      batch.push(entry);
      if (batch.length < 3) continue;
      yield batch;
      batch.length = 0;
    }
  }
  if (batch.length > 0) yield batch;
  batch.length = 0;
}

it("nothing is read of a batch once the next one was asked for", async () => {
  const read = async (store: SessionStore): Promise<unknown[]> => {
    const messages = Array.from({ length: 10 }, (_, n) => ({ role: "user", content: `word ${n}` }));
    await store.create({ id: "a", messages });
    await store.fork("a", { id: "fork", messageCount: 8 });
    const entries = store.messages("a");
    await store.restore({ head: { ...(await store.head("a")), id: "copy" }, entries });
    const loaded = await Promise.all(["a", "fork", "copy"].map((id) => store.load(id)));
    const contents = async (range: MessageRange): Promise<unknown[]> =>
      (await collect(store.messages("a", range))).map(({ seq, message }) => [seq, message]);
    return [
      ...loaded.map((session) => [session.preview, session.messageCount, session.messages]),
      await contents({}),
      await contents({ last: 4 }),
      await contents({ order: "desc" }),
      await contents({ maxBytes: 150 }),
      (await collect(store.search("word"))).map(({ id, seq }) => `${id} ${seq}`).sort(),
    ];
  };
  expect(await read(storeOver(new OneBatchBackend(createMemoryData())))).toEqual(
    await read(storeOver(new MemoryBackend(createMemoryData()))),
  );
});
