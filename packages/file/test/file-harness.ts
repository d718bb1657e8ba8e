import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SessionStore, StoreOptions } from "@agent-sessions/core";
import type { ContractHarness } from "@agent-sessions/core/contract";
import { type RecordCodec, sessionFileName } from "@agent-sessions/file";
import { indexCheck } from "../src/index-check.js";
import { failingFs } from "./failing-fs.js";
import { limitFileSize } from "./limit-file-size.js";
import { mountReadOnly } from "./mount-read-only.js";

export interface FileHarnessOptions {
  readonly codec: RecordCodec;
  readonly open: (options: StoreOptions & { readonly path: string }) => Promise<SessionStore>;
  /** The built module that a child process imports, and what opens the store in it. */
  readonly module: string;
  readonly exportName: string;
  /** What begins an entry in the format's text, and what cannot stand in its place (as long as it). */
  readonly entryMark: readonly [found: string, spoilt: string];
  /** What begins the head's title in the format's text. */
  readonly titleMark: string;
  /** A head field in the format's text, to stand before the title. */
  readonly unknownField: string;
}

/** What the contract suite needs to know about a store of files. */
export function fileHarness(options: FileHarnessOptions): ContractHarness<string> {
  const { codec } = options;
  const pathOf = (place: string, id: string): string => join(place, sessionFileName(id, codec.extension));
  return {
    name: codec.name,
    capabilities: { durable: true, multiProcess: true, multiHost: false, readOnlyMedia: true },
    create: async () => join(await mkdtemp(join(tmpdir(), `agent-sessions-${codec.name}-`)), "store"),
    open: (path, storeOptions) => options.open({ path, ...storeOptions }),
    openInProcess: (path) => ({ module: options.module, exportName: options.exportName, options: { path } }),
    teardown: async (path) => await rm(dirname(path), { recursive: true, force: true }),
    hooks: {
      corrupt: async (place, id, part) => {
        const path = pathOf(place, id);
        const [found, spoilt] = options.entryMark;
        if (part === "head") replaceIn(path, "kind", "k]}d");
        else replaceIn(path, found, spoilt);
      },
      makeUndeletable: async (place, id) => undeletable(pathOf(place, id)),
      plantFolder: async (place, id) => void fs.mkdirSync(pathOf(place, id), { recursive: true }),
      tearTail: async (place, id, bytes, how) => {
        const path = pathOf(place, id);
        const content = fs.readFileSync(path);
        if (bytes >= content.length - Math.max(0, codec.findStart(content, content.length))) return false;
        const kept = content.subarray(0, content.length - bytes);
        fs.writeFileSync(path, how === "cut" ? kept : Buffer.concat([kept, Buffer.alloc(bytes)]));
        return true;
      },
      plantUnknownField: async (place, id) => {
        const path = pathOf(place, id);
        replaceIn(path, options.titleMark, `${options.unknownField}${options.titleMark}`);
        return async () => fs.readFileSync(path, "utf8").includes("fieldOfTomorrow");
      },
      plantStrays: async (place) => plantStrays(place, codec),
      plantForeign: async (place) => fs.writeFileSync(place, "not a folder of sessions"),
      plantNewerFormat: async (place, id) => replaceIn(pathOf(place, id), "1.0", "2.0"),
      failWrites: async (place) => limitFileSize() ?? failingFs(place, "disk full"),
      makeReadOnly: async (place) => mountReadOnly(place) ?? failingFs(place, "read-only"),
      damageIndex: async (place, damage, id) =>
        damageIndex(join(place, `.index.${codec.extension}`), damage, id, codec),
      snapshot: async (place) => snapshotOf(place, codec),
      surroundings: async (place) =>
        fs.readdirSync(dirname(place)).filter((name) => join(dirname(place), name) !== place),
      modes: async (place) => modesOf(place),
      backupTarget: async (place) => ({ target: `${place}-backup`, place: `${place}-backup` }),
    },
  };
}

/** Replaces the first occurrence of a text. */
function replaceIn(path: string, found: string, replacement: string): void {
  const content = fs.readFileSync(path, "utf8");
  if (!content.includes(found)) throw new Error(`${path} does not hold ${JSON.stringify(found)}`);
  fs.writeFileSync(
    path,
    content.replace(found, () => replacement),
  );
}

/** Root may remove what it likes, so the file itself is made immutable. */
function undeletable(path: string): () => Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const apply = (isOn: boolean): void => {
    if (isRoot) execFileSync("chattr", [isOn ? "+i" : "-i", path]);
    else fs.chmodSync(dirname(path), isOn ? 0o500 : 0o700);
  };
  apply(true);
  return async () => apply(false);
}

function plantStrays(place: string, codec: RecordCodec): void {
  const { extension } = codec;
  const session = fs.readdirSync(place).find((name) => name === `a.${extension}`) ?? "";
  const content = session === "" ? "" : fs.readFileSync(join(place, session));
  fs.writeFileSync(join(place, "notes.txt"), "mine");
  fs.writeFileSync(join(place, `.hidden.${extension}`), content);
  fs.writeFileSync(join(place, `A.${extension}`), content);
  fs.writeFileSync(join(place, `a.${extension}.bak`), content);
  fs.writeFileSync(join(place, `a copy.${extension}`), content);
  fs.writeFileSync(join(place, `misplaced.${extension}`), content);
  fs.mkdirSync(join(place, `folder.${extension}`));
  fs.mkdirSync(join(place, "somebody"));
  fs.writeFileSync(join(place, "somebody", `b.${extension}`), content);
  const staging = join(place, `.staging.${extension}`);
  fs.mkdirSync(staging, { recursive: true });
  fs.writeFileSync(join(staging, "killed.tmp"), content);
  fs.writeFileSync(join(staging, `killed.${extension}`), content);
}

function damageIndex(path: string, damage: string, id: string, codec: RecordCodec): void {
  const known =
    fs.statSync(path, { throwIfNoEntry: false })?.isFile() === true ? fs.readFileSync(path) : Buffer.alloc(0);
  fs.rmSync(path, { recursive: true, force: true });
  switch (damage) {
    case "corrupt":
      fs.writeFileSync(path, Buffer.concat([Buffer.from("\0\xff{]garbage\n"), known.subarray(7)]));
      break;
    case "empty":
      fs.writeFileSync(path, "");
      break;
    case "folder":
      fs.mkdirSync(path);
      break;
    case "ghost":
      fs.writeFileSync(
        path,
        Buffer.concat([
          known,
          indexLine(`ghost.${codec.extension}`, "ghost", { size: 1, mtimeMs: 1, ctimeMs: 1, ino: 1 }),
        ]),
      );
      break;
    case "stale": {
      const file = join(dirname(path), sessionFileName(id, codec.extension));
      const stats = fs.statSync(file);
      const line = indexLine(sessionFileName(id, codec.extension), id, {
        ...stats,
        mtimeMs: stats.mtimeMs - 1,
      });
      fs.writeFileSync(path, Buffer.concat([known, line]));
    }
  }
}

/** A well-formed line with a row that tells lies about a session. */
function indexLine(
  fileName: string,
  id: string,
  stamp: { size: number; mtimeMs: number; ctimeMs: number; ino: number },
): Buffer {
  const time = "2999-01-01T00:00:00.000Z";
  const summary = {
    ...{
      id,
      namespace: "",
      title: "a lie",
      preview: "",
      labels: [],
      metadata: {},
      pinned: false,
      archived: false,
      parent: null,
    },
    ...{
      usage: { inputTokens: 0, outputTokens: 0 },
      messageCount: 7,
      revision: 7,
      createdAt: time,
      updatedAt: time,
    },
  };
  const { size, mtimeMs, ctimeMs, ino } = stamp;
  const numbers = [mtimeMs, ino, size, Math.round(ctimeMs - mtimeMs)].join();
  const row = `["${fileName}","${time}",${numbers},${JSON.stringify(summary)}]\n`;
  return Buffer.from(`\n[]\n${row}["",${indexCheck(Buffer.from(row))}]\n`);
}

function snapshotOf(place: string, codec: RecordCodec): Record<string, string> {
  const found: Record<string, string> = {};
  if (fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return fs.existsSync(place) ? { "": fs.readFileSync(place, "latin1") } : found;
  }
  for (const entry of fs.readdirSync(place, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isCache = entry.name === `.index.${codec.extension}` || path.includes(`.locks.${codec.extension}`);
    // The staging folder stays; what must not stay is anything in it.
    if (isCache || entry.name === `.staging.${codec.extension}`) continue;
    const stats = fs.statSync(path, { bigint: true });
    const content = entry.isFile()
      ? createHash("sha256").update(fs.readFileSync(path)).digest("hex")
      : "folder";
    found[path.slice(place.length)] = entry.isFile() ? `${content} ${stats.mtimeNs}` : content;
  }
  return found;
}

function modesOf(place: string): { name: string; isFolder: boolean; mode: number }[] {
  const names = ["", ...fs.readdirSync(place, { recursive: true, encoding: "utf8" })];
  return names.map((name) => {
    const stats = fs.statSync(join(place, name));
    return { name: name || ".", isFolder: stats.isDirectory(), mode: stats.mode & 0o777 };
  });
}
