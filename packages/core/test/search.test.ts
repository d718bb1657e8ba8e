import { describe, expect, it } from "vitest";
import { storeOver } from "../src/backend-session-store.js";
import { collect } from "../src/contract/collect.js";
import { SessionConflictError, SessionCorruptedError, SessionNotFoundError } from "../src/errors.js";
import { MemoryBackend } from "../src/memory-backend.js";
import { createMemoryData } from "../src/memory-data.js";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import type { SessionKey, Transcript } from "../src/session-backend.js";

/** Fails, or has lost, the transcripts of some sessions when they are read. */
class TroubledBackend extends MemoryBackend {
  readonly troubles = new Map<string, Error | null>();

  override async openTranscript(key: SessionKey): Promise<Transcript | null> {
    const trouble = this.troubles.get(key.id);
    if (trouble === undefined) return await super.openTranscript(key);
    if (trouble === null) return null;
    throw trouble;
  }
}

describe("search()", () => {
  it("goes through more sessions than one page of a list holds, each once", async () => {
    const store = await openMemorySessionStore();
    const ids = Array.from({ length: 450 }, (_, index) => `session ${index}`);
    for (const id of ids) await store.create({ id, messages: [{ role: "user", content: "a needle" }] });
    const hits = await collect(store.search("needle"));
    expect(hits.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  });

  it("ends at its limit, also when the last hit is a title", async () => {
    const store = await openMemorySessionStore();
    for (const id of ["a", "b"])
      await store.create({ id, title: "needle", messages: [{ role: "user", content: "needle" }] });
    expect(await collect(store.search("needle", { limit: 1 }))).toHaveLength(1);
    expect((await collect(store.search("needle", { limit: 3 }))).map(({ seq }) => seq)).toEqual([
      null,
      1,
      null,
    ]);
  });

  it("passes over a session that is deleted, cut or damaged meanwhile, but not over a failing disk", async () => {
    const backend = new TroubledBackend(createMemoryData());
    const store = storeOver(backend);
    for (const id of ["deleted", "gone", "cut", "damaged", "sound"])
      await store.create({ id, messages: [{ role: "user", content: "needle" }] });
    backend.troubles.set("deleted", null);
    backend.troubles.set("gone", new SessionNotFoundError("gone", "", "memory"));
    backend.troubles.set("cut", new SessionConflictError("cut", null, null));
    backend.troubles.set("damaged", new SessionCorruptedError("damaged", "memory", null, "torn"));
    expect((await collect(store.search("needle"))).map(({ id }) => id)).toEqual(["sound"]);
    backend.troubles.set("cut", new Error("EIO"));
    await expect(collect(store.search("needle"))).rejects.toMatchObject({ code: "STORE_IO" });
  });
});
