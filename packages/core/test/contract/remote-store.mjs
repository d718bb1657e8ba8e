// A store in another process that keeps its sessions in this one's: what a child process opens to share a place in memory.
import { createConnection } from "node:net";
import { createInterface } from "node:readline";
import { isMainThread } from "node:worker_threads";

/**
 * @param {{ port: number, fault?: string, namespace?: string, lockTimeoutMs?: number }} options `fault` names what it does wrong
 */
export async function openRemoteStore({ port, fault, ...options }) {
  const socket = createConnection(port, "127.0.0.1");
  const answers = new Map();
  let asked = 0;
  createInterface({ input: socket }).on("line", (line) => {
    const { number, value, error } = JSON.parse(line);
    const { resolve, reject } = answers.get(number);
    if (error === undefined) resolve(value);
    else reject(Object.assign(new Error(error.message), { code: error.code }));
  });
  /** @param {{ method: string, args: unknown[], lock?: number }} call */
  const ask = (call) =>
    new Promise((resolve, reject) => {
      answers.set(++asked, { resolve, reject });
      socket.write(`${JSON.stringify({ number: asked, ...call })}\n`);
    });
  await ask({ method: "open", args: [options] });
  return faulty(remoteStore(ask, socket), fault);
}

function remoteStore(ask, socket) {
  const iterate = (method) =>
    async function* (...args) {
      yield* await ask({ method, args });
    };
  const withLock = async (id, body, options) => {
    const lock = await ask({ method: "lock", args: [id, options] });
    const call =
      (method) =>
      (...args) =>
        ask({ method, args, lock });
    try {
      return await body({ id, head: call("head"), append: call("append"), update: call("update") });
    } finally {
      await ask({ method: "unlock", args: [], lock });
    }
  };
  const own = {
    messages: iterate("messages"),
    search: iterate("search"),
    verify: iterate("verify"),
    withLock,
    update: (id, change, options) =>
      typeof change === "function"
        ? withLock(id, async (session) => session.update(change(await session.head()), options))
        : ask({ method: "update", args: [id, change, options] }),
    restore: async ({ head, entries }, options) => {
      const collected = [];
      for await (const entry of entries) collected.push(entry);
      return await ask({ method: "restore", args: [{ head, entries: collected }, options] });
    },
    close: async () => void socket.end(),
  };
  return new Proxy(own, {
    get: (_own, name) => {
      if (name in own || typeof name === "symbol" || name === "then") return own[name];
      return (...args) => ask({ method: name, args });
    },
  });
}

/** The store with one thing that it does wrong. */
function faulty(store, fault) {
  const override = FAULTS[fault];
  if (override === undefined) return store;
  const own = override(store);
  return new Proxy(store, { get: (_store, name) => own[name] ?? store[name] });
}

const FAULTS = {
  "looks before it creates": (store) => ({
    create: async (init) => {
      const isTaken = await store.exists(init.id);
      await new Promise((resume) => setTimeout(resume, 5));
      if (isTaken) throw Object.assign(new Error("taken"), { code: "SESSION_ALREADY_EXISTS" });
      return await store.save(init.id, { messages: [], ...init, id: undefined });
    },
  }),
  "appends by rewriting": (store) => ({
    append: async (id, messages, options) => {
      if (options?.operationId !== undefined) return await store.append(id, messages, options);
      const before = await store.load(id);
      return await store.save(id, { messages: [...before.messages, ...[messages].flat()] });
    },
  }),
  "updates without a lock": (store) => ({
    update: async (id, change) =>
      await store.update(id, typeof change === "function" ? change(await store.head(id)) : change),
  }),
  "forgets operations": (store) => ({
    append: (id, messages, options) => store.append(id, messages, { ...options, operationId: undefined }),
  }),
  "keeps titles to itself": (store) => ({
    update: (id, change) => (change.title?.startsWith("last") ? store.head(id) : store.update(id, change)),
  }),
  "locks only its own process": (store) => ({
    withLock: async (id, body) =>
      await body({
        head: () => store.head(id),
        update: (change) => store.update(id, change),
      }),
  }),
  "locks nothing in threads": (store) => (isMainThread ? {} : FAULTS["locks only its own process"](store)),
  "acknowledges before it writes": (store) => ({
    append: async (id, messages, options) => {
      setTimeout(() => store.append(id, messages, options).catch(() => undefined), 1000);
      return await store.head(id);
    },
  }),
  "restores piece by piece": (store) => ({
    restore: async ({ head, entries }) => {
      await store.save(head.id, { messages: [] });
      for await (const { message } of entries) await store.append(head.id, message);
      return await store.head(head.id);
    },
  }),
  "keeps a timer running": () => {
    setInterval(() => undefined, 1000);
    return {};
  },
};
