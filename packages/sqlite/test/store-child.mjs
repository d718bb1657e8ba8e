// A process with the built package, driven by its parent: says "ready", waits for "go", does one job, says how it ended.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { openSqliteSessionStore } from "../dist/index.js";

const { job, options } = JSON.parse(process.argv[2] ?? "{}");
const say = (message) => new Promise((sent) => process.send(message, sent));
const told = (word) =>
  new Promise((resolve) => process.on("message", (message) => message === word && resolve()));

const jobs = {
  /** Opens, makes a session, reads it back: the first of several processes makes the database. */
  async create({ id }) {
    const store = await openSqliteSessionStore(options);
    await store.create({ id, messages: [{ role: "user", content: `from ${id}` }] });
    await store.load(id);
    await store.close();
  },
  /** To one session, or to several by turns. */
  async append({ id, ids = [id], who, times }) {
    const store = await openSqliteSessionStore(options);
    for (let n = 0; n < times; n++) {
      await store.append(ids[n % ids.length], { role: "user", content: `${who} ${n}` });
    }
    await store.close();
  },
  /** Takes the lock and never gives it back. */
  async hold({ id }) {
    const store = await openSqliteSessionStore(options);
    await store.withLock(id, async () => {
      await say("held");
      await new Promise(() => setInterval(() => undefined, 1000));
    });
  },
  /** Counts under the lock, which it takes and gives back each time. */
  async count({ id, times }) {
    const store = await openSqliteSessionStore(options);
    for (let n = 0; n < times; n++) {
      await store.withLock(id, async (session) => {
        const { state } = await session.head();
        await session.update({ state: { n: state.n + 1 } });
      });
    }
    await store.close();
  },
  /** Reads a session, then says what it lists each time it is told to look, until it is told to end. */
  async use({ id }) {
    const store = await openSqliteSessionStore(options);
    await store.head(id);
    const ended = told("end");
    process.on("message", async (message) => {
      if (message !== "look") return;
      const listed = store.list().then(({ sessions }) => sessions.map((session) => session.id).join(" "));
      await say(await listed.catch((error) => error.code));
    });
    await say("held");
    await ended;
    await store.close();
  },
  /** Makes a backup, and is killed right before that gets its name. */
  async backup({ target }) {
    const store = await openSqliteSessionStore(options);
    fs.linkSync = () => process.kill(process.pid, "SIGKILL");
    syncBuiltinESMExports();
    await store.backup(target);
  },
  /** Begins to restore a session whose entries never end. */
  async stage({ id }) {
    const store = await openSqliteSessionStore(options);
    const head = { ...(await store.head("source")), id, messageCount: 1_000_000 };
    async function* entries() {
      for (let seq = 1; ; seq++) {
        yield { seq, at: head.createdAt, message: { content: `staged ${seq}` } };
        if (seq === 2000) await say("held");
      }
    }
    await store.restore({ head, entries: entries() });
  },
};

const go = told("go");
await say("ready");
await go;
try {
  await jobs[job.name](job);
  await say("done");
} catch (error) {
  await say(`failed: ${error.code} ${error.message}`);
}
process.disconnect();
