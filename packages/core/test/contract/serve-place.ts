import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { createGate, type Gate } from "../../src/contract/gate.js";
import type { LockedSession, SessionStore } from "../../src/session-store.js";
import { SessionStoreError } from "../../src/session-store-error.js";
import type { OpenFragile } from "./fragile-harness.js";
import type { FragilePlace } from "./fragile-place.js";

interface Asked {
  readonly number: number;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly lock?: number;
}

interface Held {
  readonly session: LockedSession;
  readonly leave: Gate;
  readonly done: Promise<void>;
}

export interface PlaceServer {
  readonly port: number;
  close(): void;
}

/** Lets other processes at a place in memory, over a socket, with `open` for a store each; see remote-store.mjs. */
export async function servePlace(place: FragilePlace, open: OpenFragile): Promise<PlaceServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A client that is killed.
    socket.on("error", () => socket.destroy());
    answerOn(socket, place, open);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    port: address.port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function answerOn(socket: Socket, place: FragilePlace, open: OpenFragile): void {
  let store: SessionStore | null = null;
  const locks = new Map<number, Held>();
  const answer = async ({ number, method, args, lock }: Asked): Promise<unknown> => {
    if (method === "open") {
      store = await open(place, args[0] as object);
      return null;
    }
    if (store === null) throw new Error("not open");
    if (method === "lock") {
      locks.set(number, await hold(store, ...(args as [string, object | undefined])));
      return number;
    }
    const held = lock === undefined ? undefined : locks.get(lock);
    if (method === "unlock") {
      held?.leave.open();
      return await held?.done;
    }
    return await resultOf(held?.session ?? store, method, args);
  };
  const lines = createInterface({ input: socket });
  // It passes on what the socket reports: a client that is killed while it writes resets its connection.
  lines.on("error", () => socket.destroy());
  lines.on("line", (line) => {
    const asked = parseAsked(line);
    if (asked === null) return;
    answer(asked).then(
      (value) => socket.write(`${JSON.stringify({ number: asked.number, value })}\n`),
      (error: unknown) =>
        socket.write(`${JSON.stringify({ number: asked.number, error: describe(error) })}\n`),
    );
  });
  socket.on("close", () => {
    for (const { leave } of locks.values()) leave.open();
  });
}

/** Null for a line that its writer was killed in. */
function parseAsked(line: string): Asked | null {
  try {
    return JSON.parse(line) as Asked;
  } catch {
    return null;
  }
}

async function hold(store: SessionStore, id: string, options: object | undefined): Promise<Held> {
  const entered = createGate();
  const leave = createGate();
  const sessions: LockedSession[] = [];
  const done = store.withLock(
    id,
    async (session) => {
      sessions.push(session);
      entered.open();
      await leave.passed;
    },
    options ?? {},
  );
  await Promise.race([entered.passed, done]);
  const [session] = sessions;
  if (session === undefined) throw new Error("The lock was not had");
  return { session, leave, done };
}

async function resultOf(target: object, method: string, args: readonly unknown[]): Promise<unknown> {
  const call = Reflect.get(target, method) as (...args: readonly unknown[]) => unknown;
  // A missing option crosses as null.
  const result = Reflect.apply(
    call,
    target,
    args.map((argument) => argument ?? undefined),
  );
  if (typeof result !== "object" || result === null || !(Symbol.asyncIterator in result)) return await result;
  const items: unknown[] = [];
  for await (const item of result as AsyncIterable<unknown>) items.push(item);
  return items;
}

function describe(error: unknown): { code: string | null; message: string } {
  return { code: SessionStoreError.is(error) ? error.code : null, message: String(error) };
}
