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

/** The part of `pg` that is used. */
export interface PostgresDriver {
  readonly Pool: new (options: object) => PostgresPool;
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

/**
 * A `text[]` in PostgreSQL's binary format: what is in the texts need not be escaped, here or there.
 *
 * @see https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/arrayfuncs.c `array_recv`
 */
export function encodeTexts(texts: readonly string[]): Buffer {
  const sizes = texts.map((text) => Buffer.byteLength(text));
  const total = sizes.reduce((sum, size) => sum + 4 + size, 20);
  const buffer = Buffer.allocUnsafe(total);
  let at = 0;
  // Dimensions (none when it is empty), no nulls, the type of the elements, their number, the first index.
  for (const header of texts.length === 0 ? [0, 0, TEXT_OID] : [1, 0, TEXT_OID, texts.length, 1])
    at = buffer.writeInt32BE(header, at);
  for (const [index, text] of texts.entries()) {
    at = buffer.writeInt32BE(sizes[index] ?? 0, at);
    at += buffer.write(text, at);
  }
  return buffer.subarray(0, at);
}
