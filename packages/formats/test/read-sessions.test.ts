import { symlink } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { detect, readSessions } from "../src/index.js";
import { fixtureFolder } from "./fixture-folder.js";
import { readAll } from "./read-all.js";

const claw = (id: string): string =>
  JSON.stringify({ session_id: id, messages: [], input_tokens: 0, output_tokens: 0 });

describe("readSessions()", () => {
  it("walks folders to their depth, hidden ones too, in the order of names, and passes nothing over in silence", async () => {
    const folder = await fixtureFolder({
      "b.json": claw("b"),
      ".port_sessions/a.json": claw("a"),
      "deep/er/c.yaml": "flow: f\nstate: s\n",
      "notes.txt": "hello",
      "picture.png": Buffer.from([0x89, 0, 1, 2]),
      "empty.json": "",
      "node_modules/x/package.json": "{}",
    });
    const { sessions, unreadable } = await readAll(folder);
    expect(sessions.map(({ head }) => head.id)).toEqual(["a", "b", "c"]);
    expect(unreadable.map((item) => [path.relative(folder, item.path), item.fault, item.wasNamed])).toEqual([
      ["empty.json", "not-a-session", false],
      ["node_modules", "not-a-session", false],
      ["notes.txt", "not-a-session", false],
      ["picture.png", "not-a-session", false],
    ]);
  });

  it("says of a path that was named that it was", async () => {
    const folder = await fixtureFolder({ "notes.txt": "hello" });
    const paths = [path.join(folder, "notes.txt"), path.join(folder, "missing.json")];
    const { unreadable } = await readAll(paths);
    expect(unreadable).toMatchObject([
      { path: paths[0], fault: "not-a-session", format: null, wasNamed: true },
      { path: paths[1], fault: "io", reason: "does not exist", wasNamed: true },
    ]);
  });

  it("follows links, each folder once, and reports dangling ones", async () => {
    const folder = await fixtureFolder({ "real/a.json": claw("a"), "elsewhere/b.json": claw("b") });
    await symlink(path.join(folder, "real"), path.join(folder, "real", "self"));
    await symlink(path.join(folder, "elsewhere", "b.json"), path.join(folder, "real", "b.json"));
    await symlink(path.join(folder, "nowhere"), path.join(folder, "real", "z.json"));
    const { sessions, unreadable } = await readAll(path.join(folder, "real"));
    expect(sessions.map(({ head }) => head.id)).toEqual(["a", "b"]);
    expect(unreadable.map((item) => [path.basename(item.path), item.fault])).toEqual([
      ["self", "not-a-session"],
      ["z.json", "io"],
    ]);
  });

  it("does not wait for a device or a pipe", async () => {
    const { unreadable } = await readAll("/dev/null");
    expect(unreadable).toMatchObject([{ fault: "not-a-session", wasNamed: true }]);
  });

  it("rejects INVALID_OPTIONS for what is no path", async () => {
    for (const paths of ["", ["a", 7], null, "a\0b"]) {
      await expect(readSessions(paths as never).next()).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    }
  });

  it("ends with the signal's reason", async () => {
    const folder = await fixtureFolder({ "a.json": claw("a"), "b.json": claw("b") });
    const abort = new AbortController();
    const reading = readSessions(folder, { signal: abort.signal });
    await reading.next();
    abort.abort(new Error("enough"));
    await expect(reading.next()).rejects.toThrow("enough");
  });
});

describe("detect()", () => {
  it("gives null for a folder and for what is no session, and rejects STORE_IO for a missing file", async () => {
    const folder = await fixtureFolder({ "notes.txt": "hello" });
    expect(await detect(folder)).toBeNull();
    expect(await detect(path.join(folder, "notes.txt"))).toBeNull();
    await expect(detect(path.join(folder, "missing"))).rejects.toMatchObject({ code: "STORE_IO" });
  });
});
