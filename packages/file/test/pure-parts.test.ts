import fs from "node:fs";
import { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseNamespaceFolderName } from "../src/file-names.js";
import { IndexedRow } from "../src/index-rows.js";
import { readHeader, readPrevious } from "../src/log-record.js";
import { errorCode } from "../src/open-file.js";
import { isFadingFile, isFolderSyncUnsupported } from "../src/platform-rules.js";
import { createPrivateFileAndFolder, ensurePrivateFolder } from "../src/private-files.js";
import { RecordTable } from "../src/record-table.js";
import { NamespaceFolder } from "../src/session-place.js";
import { StagedFile } from "../src/staged-file.js";
import { folderNames } from "../src/store-folders.js";
import { tryThreadLock } from "../src/thread-lock.js";

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "agent-sessions-parts-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});

describe("errorCode()", () => {
  it("is the system's code of an Error, and nothing of whatever else was thrown", () => {
    expect(errorCode(Object.assign(new Error("gone"), { code: "ENOENT" }))).toBe("ENOENT");
    for (const thrown of [new Error("no code"), { code: "ENOENT" }, "ENOENT", null, undefined])
      expect(errorCode(thrown)).toBeUndefined();
  });

  it("has an error without a code excuse nothing, whatever the platform's own errors would", () => {
    expect(isFadingFile(new Error("no code"), "win32")).toBe(false);
    expect(isFolderSyncUnsupported(new Error("no code"), "linux")).toBe(false);
  });
});

describe("parseNamespaceFolderName()", () => {
  it("tells a namespace's folder from one that only begins like it", () => {
    expect(parseNamespaceFolderName("@tenant")).toBe("tenant");
    for (const name of ["@Tenant", "@", "@a b", "@..", "tenant"])
      expect([name, parseNamespaceFolderName(name)]).toEqual([name, null]);
  });
});

describe("NamespaceFolder", () => {
  it("has the name on disk stand for the id of a file that is no session's", () => {
    const place = new NamespaceFolder(folder, "", "jsonl");
    expect([place.idOf("a.jsonl"), place.idOf("Notes.txt")]).toEqual(["a", "Notes.txt"]);
    expect([place.isIdKnown("a.jsonl"), place.isIdKnown("Notes.txt")]).toEqual([true, false]);
  });
});

describe("folderNames()", () => {
  it("is empty for a namespace without a folder, and rejects for what is no folder", async () => {
    expect(await folderNames(new NamespaceFolder(folder, "none", "jsonl"))).toEqual([]);
    fs.writeFileSync(join(folder, "@taken"), "");
    await expect(folderNames(new NamespaceFolder(folder, "taken", "jsonl"))).rejects.toMatchObject({
      code: "ENOTDIR",
    });
  });
});

describe("createPrivateFileAndFolder()", () => {
  it("makes the folder that is missing, and none for a file that is there already", () => {
    const path = join(folder, "made", "file");
    const { fd, madeFolders } = createPrivateFileAndFolder(path);
    fs.closeSync(fd);
    expect(madeFolders).toEqual([join(folder, "made")]);
    expect(() => createPrivateFileAndFolder(path)).toThrow("EEXIST");
  });
});

describe("readHeader()", () => {
  const header = {
    kind: "agent-sessions",
    format: "1.0",
    id: "a",
    namespace: "",
    createdAt: "2026-11-21T00:00:00.000Z",
  };

  it("takes a format version as text or as a number, and refuses anything else", () => {
    expect(readHeader(header).format).toBe("1.0");
    expect(readHeader({ ...header, format: 1.5 }).format).toBe("1.5");
    for (const format of [null, true, ["1.0"], "", "one", "1.", -1])
      expect(() => readHeader({ ...header, format })).toThrow("format version");
  });
});

describe("readPrevious()", () => {
  it("is the span of the operation before, null where there is none to be read", () => {
    expect(readPrevious({ id: "x", previous: [10, 20] })).toEqual([10, 20]);
    for (const value of [undefined, null, "text", [], {}, { previous: [10] }, { previous: "10" }])
      expect(readPrevious(value)).toBeNull();
  });
});

describe("RecordTable", () => {
  it("says that the footers do not fit when a record keeps more messages than were there", () => {
    const table = new RecordTable();
    table.add(0, 10, null, 2, 2);
    expect(table.countsFit).toBe(true);
    table.add(10, 20, 3, 0, 3);
    expect([table.countsFit, table.count, table.claimed]).toEqual([false, 2, 3]);
  });

  it("keeps the first messages of a record that is cut in two, and none of those behind it", () => {
    const table = new RecordTable();
    table.add(0, 10, null, 3, 3);
    table.add(10, 20, null, 2, 5);
    table.add(20, 30, 2, 1, 3);
    expect(table.finish().rows.map(({ start, live, first }) => [start, live, first])).toEqual([
      [0, 2, 1],
      [20, 1, 3],
    ]);
    expect([table.indexOf(2), table.indexOf(3), table.indexOf(4), table.countsFit]).toEqual([0, 1, -1, true]);
  });
});

describe("IndexedRow.at()", () => {
  it("is null for a line that names no file", () => {
    for (const line of ["", "[]", '[""]', "[1,2]", '["endless']) {
      expect([line, IndexedRow.at(`${line}\n`, 0, line.length)]).toEqual([line, null]);
    }
    expect(IndexedRow.at('["a.jsonl",1]\n', 0, 13)?.fileName).toBe("a.jsonl");
  });
});

describe("StagedFile.publish()", () => {
  it("rejects when the file system refuses the link for another reason than having none, and leaves nothing", async () => {
    const target = join(folder, "a.jsonl");
    for (const error of [Object.assign(new Error("broken disk"), { code: "EIO" }), new Error("no code")]) {
      const file = StagedFile.create(new NamespaceFolder(folder, "", "jsonl"), null, false);
      file.write(Buffer.from("text"));
      const link = vi.spyOn(fs, "linkSync").mockImplementation(() => {
        throw error;
      });
      await expect(file.publish(target, "create", [])).rejects.toBe(error);
      link.mockRestore();
      file.discard();
      expect([fs.existsSync(file.path), fs.existsSync(target)]).toEqual([false, false]);
    }
  });
});

describe("tryThreadLock()", () => {
  it("excludes nobody where no socket can be made", async () => {
    vi.spyOn(Server.prototype, "listen").mockImplementation(function (this: Server) {
      queueMicrotask(() => this.emit("error", Object.assign(new Error("refused"), { code: "EPERM" })));
      return this;
    });
    expect(await tryThreadLock("a")).toBeTypeOf("function");
    expect(await tryThreadLock("a")).toBeTypeOf("function");
  });
});

describe("ensurePrivateFolder()", () => {
  it("says ENOENT below a link that leads nowhere, instead of trying for ever", () => {
    fs.symlinkSync(join(folder, "unmounted"), join(folder, "link"));
    for (const path of [join(folder, "link", "store"), join(folder, "link", "a", "b")])
      expect(() => ensurePrivateFolder(path)).toThrow(expect.objectContaining({ code: "ENOENT" }));
    expect(ensurePrivateFolder(join(folder, "a", "b"))).toEqual([join(folder, "a"), join(folder, "a", "b")]);
    expect(ensurePrivateFolder(join(folder, "a", "b"))).toEqual([]);
  });
});
