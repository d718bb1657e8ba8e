/** Appends to session "a" and says the number of each message that was acknowledged; "limit" lets the disk be full after so many bytes. */
import { execFileSync } from "node:child_process";
import { openLevelSessionStore } from "../dist/index.js";

const [path, limit] = process.argv.slice(2);
const store = await openLevelSessionStore({ path });
await store.append("a", [], { createIfMissing: true });

/** @param {number} count */
async function appendUpTo(count) {
  for (let { messageCount } = await store.head("a"); messageCount < count; ) {
    const content = "x".repeat((messageCount * 7919) % 30000);
    ({ messageCount } = await store.append("a", { content }));
    process.send(messageCount);
  }
}

if (limit === undefined) {
  await appendUpTo(Number.POSITIVE_INFINITY);
} else {
  // Beyond this size of a file a write fails, as on a full disk; the signal would end the process first.
  process.on("SIGXFSZ", () => undefined);
  const limitFiles = (size) =>
    execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${size}:unlimited`]);
  limitFiles(limit);
  const failures = [];
  for (let tries = 0; tries < 2; tries++) await appendUpTo(1000).catch(({ code }) => failures.push(code));
  const { messageCount } = await store.load("a");
  limitFiles("unlimited");
  await appendUpTo(messageCount + 3);
  process.send({ failures });
  await store.close();
}
