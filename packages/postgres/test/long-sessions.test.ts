import type { SessionStore } from "@agent-sessions/core";
import { expect, test } from "vitest";
import { openPostgresSessionStore } from "../src/index.js";
import { connectionString, newSchemaName, query, quoted } from "./postgres-harness.js";

async function openBoth(): Promise<{ readonly schema: string; readonly stores: readonly SessionStore[] }> {
  const schemaName = newSchemaName();
  const open = (): Promise<SessionStore> => openPostgresSessionStore({ connectionString, schemaName });
  return { schema: quoted(schemaName), stores: [await open(), await open()] };
}

const messages = Array.from({ length: 2500 }, (_, n) => ({ role: "user", content: `message ${n + 1}` }));

test("a long session is read in pages, both ways; a page that was cut or deleted meanwhile rejects", async () => {
  const { schema, stores } = await openBoth();
  const [reader, writer] = stores as [SessionStore, SessionStore];
  await writer.create({ id: "a", messages });
  expect((await reader.load("a")).messages).toEqual(messages);
  const seqs: number[] = [];
  for await (const { seq } of reader.messages("a", { order: "desc" })) seqs.push(seq);
  expect(seqs).toEqual(messages.map((_, n) => 2500 - n));
  const readWhile = async (change: () => Promise<unknown>): Promise<void> => {
    for await (const { seq } of reader.messages("a")) if (seq === 1) await change();
  };
  await expect(readWhile(() => writer.truncate("a", 2400))).rejects.toMatchObject({
    code: "SESSION_CONFLICT",
  });
  await query(`DELETE FROM ${schema}.entries WHERE seq = 1500`);
  await expect(reader.load("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
  await query(`DELETE FROM ${schema}.entries WHERE seq > 1000`);
  await expect(reader.load("a")).rejects.toMatchObject({ code: "SESSION_CORRUPTED" });
  await writer.save("a", { messages });
  await expect(readWhile(() => writer.delete("a"))).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
  for (const store of stores) await store.close();
});

test("more sessions than are remembered, and states too large for it, are written right all the same", async () => {
  const { stores } = await openBoth();
  const [store] = stores as [SessionStore];
  await store.create({ id: "large", state: { text: "x".repeat(50_000) } });
  await Promise.all(Array.from({ length: 1100 }, (_, n) => store.create({ id: `${n}` })));
  expect((await store.append("0", { content: "x" })).messageCount).toBe(1);
  expect((await store.append("large", { content: "x" })).state).toEqual({ text: "x".repeat(50_000) });
  const found: string[] = [];
  for await (const hit of store.search("x")) found.push(hit.id);
  expect(found.sort()).toEqual(["0", "large"]);
  for (const one of stores) await one.close();
});

test("a restore that fails half way takes back what it staged", async () => {
  const { schema, stores } = await openBoth();
  const [store] = stores as [SessionStore];
  const head = { ...(await store.create({ id: "a" })), id: "b", messageCount: 2000 };
  async function* entries(): AsyncGenerator<{ seq: number; at: string; message: object }> {
    for (let seq = 1; seq <= 1000; seq++) yield { seq, at: head.updatedAt, message: { content: `${seq}` } };
    throw new Error("the caller's own");
  }
  await expect(store.restore({ head, entries: entries() } as never)).rejects.toThrow("the caller's own");
  expect(await query(`SELECT FROM ${schema}.entries`)).toEqual([]);
  expect(await store.exists("b")).toBe(false);
  for (const one of stores) await one.close();
});
