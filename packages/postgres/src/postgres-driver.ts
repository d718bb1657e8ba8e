/** A value in a row, as `readRows` has it parsed: whole numbers as numbers, everything else as text. */
export type SqlValue = string | number | boolean | null;
export type SqlRow = readonly SqlValue[];
/** A value given to a query. */
export type SqlParameter = SqlValue | Buffer | readonly string[] | readonly number[];

export interface QueryConfig {
  /** Of a statement that the connection keeps ready. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly SqlParameter[];
  readonly rowMode: "array";
  readonly types: { readonly getTypeParser: (oid: number) => (text: string) => SqlValue };
}

/** What is used of a `Client` of `pg`. */
export interface PostgresClient {
  query(config: QueryConfig): Promise<unknown>;
  escapeLiteral(text: string): string;
  on(event: "error" | "end", listener: (error?: Error) => void): unknown;
  listeners(event: "error"): unknown[];
  connect(): Promise<unknown>;
  end(): Promise<void>;
  /** Of the server, as whoever took the connection says; null before. */
  readonly processID?: number | null;
}

export interface PooledClient extends Omit<PostgresClient, "connect" | "end" | "processID"> {
  /** @param destroy true, or what broke it: it goes back to nobody */
  release(destroy?: boolean | Error): void;
}

/** What is used of a `Pool` of `pg`. */
export interface PostgresPool {
  connect(): Promise<PooledClient>;
  end(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "connect", listener: (client: PooledClient) => void): unknown;
  listeners(event: "connect"): unknown[];
  /** What its connections are made with; another one like them is opened for session locks. */
  readonly options: object;
}

/** A pool that nobody else uses. */
export interface OwnPool extends PostgresPool {
  /** How many wait for one of its connections. */
  readonly waitingCount: number;
}

/** The part of `pg` that is used. */
export interface PostgresDriver {
  readonly Pool: new (options: object) => OwnPool;
  readonly Client: new (options: object) => PostgresClient;
}

const BOOL = 16;
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23]);

/** Its own parsers, whatever the application has told `pg` to make of types. */
const types = {
  getTypeParser: (oid: number): ((text: string) => SqlValue) => {
    if (oid === BOOL) return (text) => text === "t";
    return NUMBERS.has(oid) ? Number : (text) => text;
  },
};

function queryConfig(
  text: string,
  values: readonly SqlParameter[] | undefined,
  name: string | undefined,
): QueryConfig {
  if (values === undefined) return { text, rowMode: "array", types };
  return name === undefined
    ? { text, values, rowMode: "array", types }
    : { name, text, values, rowMode: "array", types };
}

/** Runs one statement, or several without parameters: the rows of the last one. */
export async function readRows(
  client: Pick<PostgresClient, "query">,
  text: string,
  values?: readonly SqlParameter[],
  name?: string,
): Promise<readonly SqlRow[]> {
  const result = await client.query(queryConfig(text, values, name));
  const last: unknown = Array.isArray(result) ? result.at(-1) : result;
  return (last as { readonly rows: readonly SqlRow[] }).rows;
}

const TEXT_OID = 25;

/** Of an array: its dimensions, no nulls, the type of its elements; and of its one dimension the number of elements and the first index. */
const EMPTY_TEXTS = int32s(0, 0, TEXT_OID);
const TEXTS_HEADER = int32s(1, 0, TEXT_OID, 0, 1);

function int32s(...numbers: readonly number[]): Buffer {
  const buffer = Buffer.alloc(4 * numbers.length);
  let at = 0;
  for (const number of numbers) at = buffer.writeInt32BE(number, at);
  return buffer;
}

/**
 * A `text[]` in PostgreSQL's binary format: what is in the texts need not be escaped, here or there.
 *
 * @see https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/arrayfuncs.c `array_recv`
 */
export function encodeTexts(texts: readonly string[]): Buffer {
  if (texts.length === 0) return EMPTY_TEXTS;
  let size = TEXTS_HEADER.length;
  for (const text of texts) size += 4 + Buffer.byteLength(text);
  const buffer = Buffer.allocUnsafe(size);
  TEXTS_HEADER.copy(buffer);
  buffer.writeInt32BE(texts.length, 12);
  let at = TEXTS_HEADER.length;
  for (const text of texts) {
    const length = buffer.write(text, at + 4);
    buffer.writeInt32BE(length, at);
    at += 4 + length;
  }
  return buffer;
}
