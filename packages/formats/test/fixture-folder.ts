import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** When every fixture was last modified. */
export const MODIFIED_AT = "2026-03-04T05:06:07.000Z";

/** A temporary folder that holds `files` (by relative path), gone after the test. */
export async function fixtureFolder(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "agent-sessions-formats-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    await utimes(file, new Date(MODIFIED_AT), new Date(MODIFIED_AT));
  }
  return folder;
}
