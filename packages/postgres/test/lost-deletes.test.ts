import { expect, test } from "vitest";
import { lose, onNextStatement, openHosts } from "./breakable-hosts.js";
import { codeOf, query, quoted } from "./postgres-harness.js";

test("create() whose answer was lost does not make a session again that somebody else has deleted meanwhile", async () => {
  const { ours, theirs, close } = await openHosts();
  lose({ of: "commit_session", meanwhile: () => theirs.delete("b") });
  expect((await ours.create({ id: "b", title: "mine" })).revision).toBe(1);
  expect(await theirs.exists("b")).toBe(false);
  expect(await codeOf(ours.append("b", { content: "x" }))).toBe("SESSION_NOT_FOUND");
  await close();
});

test("create() whose answer was lost is acknowledged also when others have written to the session since", async () => {
  const { ours, theirs, texts, close } = await openHosts();
  lose({ of: "commit_session", meanwhile: () => theirs.append("b", { content: "theirs" }) });
  expect((await ours.create({ id: "b", messages: [{ content: "mine" }] })).revision).toBe(1);
  expect((await ours.append("b", { content: "again" })).messageCount).toBe(3);
  expect(await texts("b")).toEqual(["mine", "theirs", "again"]);
  await close();
});

test("delete() whose answer was lost is true, and leaves alone what was made in the meantime", async () => {
  const { ours, theirs, close } = await openHosts();
  lose({ of: "remove_session", meanwhile: async () => undefined });
  expect(await ours.delete("a")).toBe(true);
  await ours.create({ id: "a" });
  lose({ of: "remove_session", meanwhile: () => theirs.create({ id: "a", title: "theirs" }) });
  expect(await ours.delete("a")).toBe(true);
  expect((await theirs.head("a")).title).toBe("theirs");
  expect(await ours.delete("never made")).toBe(false);
  await close();
});

test("delete() at a revision whose lock's connection broke is looked up: what was removed is acknowledged", async () => {
  const { ours, theirs, close } = await openHosts();
  lose({ of: "remove_session", meanwhile: async () => undefined });
  expect(await ours.delete("a", { expectedRevision: 1 })).toBe(true);
  await ours.create({ id: "a" });
  lose({ of: "remove_session", send: async () => undefined, meanwhile: async () => undefined });
  expect(await codeOf(ours.delete("a", { expectedRevision: 1 }))).toBe("SESSION_LOCKED");
  expect(await theirs.exists("a")).toBe(true);
  await close();
});

test("append() under a lock whose connection broke waits for what the server is still doing before it says what became of it", async () => {
  const { ours, theirs, schemaName, texts, close } = await openHosts();
  const schema = quoted(schemaName);
  await query(`CREATE TABLE ${schema}.gate (is_open boolean);
    CREATE FUNCTION ${schema}.pass() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      WHILE NOT EXISTS (SELECT FROM ${schema}.gate) LOOP PERFORM pg_sleep(0.005); END LOOP; RETURN NEW; END $$;
    CREATE TRIGGER gate BEFORE INSERT ON ${schema}.entries FOR EACH ROW EXECUTE FUNCTION ${schema}.pass()`);
  await ours.withLock("a", async (session) => {
    const isWaiting = `SELECT FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'`;
    const looked = new Promise<void>((resolve) => {
      const meanwhile = async (backend: number): Promise<void> => {
        await expect.poll(async () => (await query(isWaiting, [backend])).length, { interval: 10 }).toBe(1);
        onNextStatement(resolve);
      };
      lose({ of: "commit_session", isUnderWay: true, meanwhile });
    });
    const appended = session.append({ content: "under way" });
    appended.catch(() => undefined);
    await looked;
    // Whoever looks now, and does not wait, finds nothing.
    expect((await theirs.head("a")).messageCount).toBe(0);
    await query(`INSERT INTO ${schema}.gate VALUES (true)`);
    expect((await appended).messageCount).toBe(1);
  });
  expect(await texts()).toEqual(["under way"]);
  for (const store of [ours, theirs]) expect((await store.head("a")).messageCount).toBe(1);
  await close();
});
