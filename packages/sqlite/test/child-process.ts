import { type ChildProcess, fork } from "node:child_process";
import { expect } from "vitest";

const CHILD = new URL("./store-child.mjs", import.meta.url);

/** Starts a process with the built package, which waits for its "go". */
export async function startChild(
  job: { readonly name: string; readonly [input: string]: unknown },
  options: { readonly path: string; readonly [option: string]: unknown },
): Promise<ChildProcess> {
  const child = fork(CHILD, [JSON.stringify({ job, options: { durability: "relaxed", ...options } })]);
  expect(await said(child)).toBe("ready");
  return child;
}

/** What it says next. */
export function said(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once("message", resolve);
    // Not at its exit: what it said last may still be on its way then.
    child.once("disconnect", () =>
      reject(new Error(`the child ended: ${child.exitCode ?? child.signalCode}`)),
    );
  });
}

export async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await ended(child);
}

export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once("exit", resolve));
}
