import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Answer, PASSWORD, type Request, USER } from "./protocol.js";

/** A PostgreSQL server to test against. */
export interface TestServer {
  /** With the credentials of a superuser. */
  readonly url: string;
  /** Null for a server that was there before, which is not ours to stop. */
  readonly control: ServerControl | null;
  /** Ends the server, unless it was there before. */
  close(): Promise<void>;
}

export interface ServerControl {
  /** Ends the server, its connections with it: "stop" as an operator does, "crash" as a power cut of the machine does. */
  down(how: "stop" | "crash"): Promise<void>;
  /** Starts it again, at the same address. */
  up(): Promise<void>;
  /**
   * Starts a server that follows this one by streaming, under the name "standby", until it is promoted. Its address, with the same
   * credentials. There can be one; it ends with the first one.
   */
  standby(): Promise<string>;
}

/** Names a server to be used instead of the embedded one. */
const URL_VARIABLE = "AGENT_SESSIONS_POSTGRES_URL";

/**
 * The server that `AGENT_SESSIONS_POSTGRES_URL` names, or one of its own.
 *
 * @throws {Error} when none is named, and none can be started: with the server's last words
 */
export async function useTestServer(): Promise<TestServer> {
  const given = process.env[URL_VARIABLE];
  if (given === undefined || given === "") return await startTestServer();
  return { url: given, control: null, close: async () => undefined };
}

/**
 * Starts a server of its own in a temporary folder. It ends with this process at the latest, however that ends.
 *
 * @param options `flushes`: whether a commit waits for the disk, which only a measurement needs
 * @throws {Error} when none can be started: with the server's last words
 */
export async function startTestServer(
  options: { readonly flushes?: boolean } = {},
): Promise<TestServer & { readonly control: ServerControl }> {
  const keeper = new Keeper(options.flushes === true ? ["fsync=on"] : []);
  const { port } = await keeper.next();
  const control: ServerControl = {
    down: async (how) => void (await keeper.ask({ task: how })),
    up: async () => void (await keeper.ask({ task: "start" })),
    standby: async () => addressAt((await keeper.ask({ task: "standby" })).port),
  };
  return { url: addressAt(port), control, close: () => keeper.end() };
}

function addressAt(port: number | undefined): string {
  return `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`;
}

/** The process that owns the server, seen from here. */
class Keeper {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  constructor(settings: readonly string[]) {
    // In a process group of its own: Ctrl-C in a terminal is not for it, it ends when its standard input does.
    const path = fileURLToPath(new URL("./keeper.js", import.meta.url));
    this.#process = spawn(process.execPath, [path, ...settings], {
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#ended = new Promise((resolve) => this.#process.once("close", resolve));
    const { stdout } = this.#process;
    if (stdout === null) throw new TypeError("a pipe was asked for");
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  async next(): Promise<Answer> {
    const line = await this.#answers.next();
    const answer = (line.done === true ? {} : JSON.parse(line.value)) as Answer;
    if (answer.port !== undefined || answer.done === true) return answer;
    throw new Error(
      `No PostgreSQL server can be started here, so its tests cannot run. Name one with ${URL_VARIABLE}, or mend this: ${answer.failure ?? "its process ended"}`,
    );
  }

  async ask(request: Request): Promise<Answer> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    return await this.next();
  }

  async end(): Promise<void> {
    this.#process.stdin?.end();
    await this.#ended;
  }
}
