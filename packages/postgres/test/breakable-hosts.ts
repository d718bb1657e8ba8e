import type { SessionStore } from "@agent-sessions/core";
import pg from "pg";
import { openPostgresSessionStore } from "../src/index.js";
import { connectionString, newSchemaName } from "./postgres-harness.js";

export interface Statement {
  readonly text: string;
}

/** What happens to the next statement that holds a text: its answer is lost, after what `meanwhile` does. */
interface Loss {
  readonly of: string;
  readonly meanwhile: (backend: number) => Promise<unknown>;
  /** Sends the statement in the place of the connection; else it does so itself. */
  readonly send?: (statement: Statement) => Promise<unknown>;
  /** The server is still at it when the connection breaks. */
  readonly isUnderWay?: boolean;
}

let loss: Loss | null = null;
let onNext: () => void = () => undefined;

/** Lets the answer to the next statement that holds `of` be lost. */
export function lose(next: Loss): void {
  loss = next;
}

/** Calls `then` when the store that can be broken sends its next statement. */
export function onNextStatement(then: () => void): void {
  onNext = then;
}

/** A connection that breaks when it is told to, after the server has done what was asked for. */
class BreakableClient extends pg.Client {
  // @ts-expect-error: one of many overloads
  override query(statement: Statement): Promise<unknown> {
    onNext();
    if (loss === null || !statement.text.includes(loss.of)) return super.query(statement);
    const { meanwhile, send, isUnderWay = false } = loss;
    loss = null;
    const breakOff = async (): Promise<never> => {
      const sent: Promise<unknown> = send === undefined ? super.query(statement) : send(statement);
      if (isUnderWay) sent.catch(() => undefined);
      else await sent;
      await meanwhile(Number(Reflect.get(this, "processID")));
      throw new Error("Connection terminated unexpectedly");
    };
    return breakOff();
  }
}

/** Of all test files of this process, with which it ends. */
const breakable = new pg.Pool({
  connectionString,
  max: 4,
  allowExitOnIdle: true,
  Client: BreakableClient,
} as unknown as pg.PoolConfig);

/** Two hosts with the session `a`. */
interface Hosts {
  /** Its connections can be broken. */
  readonly ours: SessionStore;
  readonly theirs: SessionStore;
  readonly schemaName: string;
  texts(id?: string): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

export async function openHosts(): Promise<Hosts> {
  // What an earlier test had planned is over.
  loss = null;
  onNext = () => undefined;
  const schemaName = newSchemaName();
  const ours = await openPostgresSessionStore({
    pool: breakable,
    schemaName,
    lockTimeoutMs: 1000,
  });
  const theirs = await openPostgresSessionStore({ connectionString, schemaName, poolSize: 2 });
  await ours.create({ id: "a" });
  return {
    ours,
    theirs,
    schemaName,
    texts: async (id = "a") => (await theirs.load(id)).messages.map(({ content }) => content),
    close: async () => {
      await ours.close();
      await theirs.close();
    },
  };
}
