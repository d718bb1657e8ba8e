/**
 * What runs in a child process or a worker thread: opens a store as a `ProcessOpener` says, then does what it is told, one JSON
 * message for each command. CommonJS text, so that both `node -e` and an eval'd worker take it, from wherever this package lies.
 */
export const CHILD_SCRIPT: string = `
const { parentPort, isMainThread, workerData } = require("node:worker_threads");
const channel = isMainThread
  ? { send: (message) => process.send(message), listen: (listener) => process.on("message", listener) }
  : { send: (message) => parentPort.postMessage(message), listen: (listener) => parentPort.on("message", listener) };
const describe = (error) => ({
  code: typeof error?.code === "string" ? error.code : null,
  message: String(error?.message ?? error),
});
const outcomeOf = async (work) => {
  try {
    return { value: await work() };
  } catch (error) {
    return { error: describe(error) };
  }
};
// Of a Buffer, so that each is a flat text of its own: repeated ones share their memory.
const makeEntries = async function* (head, { messageBytes, stallsAfter }) {
  for (let seq = 1; seq <= head.messageCount; seq++) {
    yield { seq, at: head.createdAt, message: { n: seq, data: Buffer.alloc(messageBytes, "x").toString("latin1") } };
    if (seq !== stallsAfter) continue;
    channel.send({ number: -1, acknowledged: seq });
    await new Promise(() => undefined);
  }
};
const held = new Map();
const commands = {
  call: async (store, { calls }) => {
    const outcomes = [];
    for (const { method, args } of calls) {
      outcomes.push(await outcomeOf(async () => {
        const result = store[method](...args);
        if (result?.[Symbol.asyncIterator] === undefined) return await result;
        const items = [];
        for await (const item of result) items.push(item);
        return items;
      }));
    }
    return outcomes;
  },
  increment: async (store, { id, key, times }) => {
    for (let time = 0; time < times; time++) {
      await store.update(id, (head) => ({ set: { [key]: (head.state[key] ?? 0) + 1 } }));
    }
  },
  incrementLocked: async (store, { id, key, times }) => {
    for (let time = 0; time < times; time++) {
      await store.withLock(id, async (session) => {
        const before = (await session.head()).state[key] ?? 0;
        await session.update({ set: { [key]: before + 1 } });
      });
    }
  },
  writeOn: async (store, { id }) => {
    for (let n = 1; ; n++) {
      // Of all sizes, so that a kill comes in the middle of a write as often as between two.
      const data = "x".repeat((n * 7919) % 12000);
      await store.append(id, [{ role: "user", content: n + ".0", data }, { role: "user", content: n + ".1" }]);
      channel.send({ number: -1, acknowledged: n });
    }
  },
  restore: (store, { head, ...made }) => store.restore({ head, entries: makeEntries(head, made) }),
  count: async (store, { id }) => {
    let count = 0;
    for await (const _ of store.messages(id)) count += 1;
    return count;
  },
  hold: (store, { id }) => new Promise((entered, failed) => {
    const done = store.withLock(id, () => new Promise((leave) => {
      held.set(id, { leave, done: () => done });
      entered();
    }));
    done.catch(failed);
  }),
  release: async (store, { id }) => {
    const lock = held.get(id);
    lock.leave();
    await lock.done();
  },
  close: (store) => store.close(),
};
const main = async () => {
  const opener = isMainThread ? JSON.parse(process.argv[1]) : workerData;
  const module = await import(opener.module);
  const store = await module[opener.exportName](opener.options);
  channel.listen(async ({ number, command, ...rest }) => {
    channel.send({ number, ...(await outcomeOf(() => commands[command](store, rest))) });
    if (command === "close") {
      if (isMainThread) process.disconnect();
      else parentPort.close();
    }
  });
  channel.send({ number: 0, value: null });
};
main().catch((error) => channel.send({ number: 0, error: describe(error) }));
`;
