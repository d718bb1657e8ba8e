import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open, readSessionFile, storageFigures } from "../src/yaml-session-store.js";

let path = "";
beforeEach(() => {
  path = fs.mkdtempSync(join(tmpdir(), "agent-sessions-yaml-open-"));
});
afterEach(() => {
  fs.rmSync(path, { recursive: true, force: true });
});

describe("open()", () => {
  it("opens the folder that a location names with the options beside it, and storageFigures() counts what lies there", async () => {
    const store = await open({
      scheme: "yaml",
      url: `yaml:${path}`,
      location: path,
      options: { durability: "relaxed" },
    });
    await store.create({ id: "a", messages: [{ role: "user", content: "x" }] });
    expect([store.backend, store.capabilities.durable]).toEqual(["yaml", false]);
    await store.close();
    const { sessions, messages, bytes } = await storageFigures(path);
    expect([sessions, messages, bytes.data > 0]).toEqual([1, 1, true]);
    await expect(
      open({ scheme: "yaml", url: `yaml:${path}`, location: path, options: { durability: "hopeful" } }),
    ).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
    });
  });

  it.each([
    ["./sessions", { path: "elsewhere" }],
    ["//./sessions", {}],
    ["//sessions", {}],
    // It made a folder that is called ~.
    ["~/sessions", {}],
    ["~", {}],
  ])("refuses %j with the options %j rather than open another folder", async (location, options) => {
    const opening = open({ scheme: "yaml", url: `yaml:${location}`, location, options });
    await expect(opening).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });

  it("takes three slashes for the root of the disk", async () => {
    const location = `//${path}`;
    const store = await open({ scheme: "yaml", url: `yaml:${location}`, location, options: {} });
    expect(store.location).toBe(path);
    await store.close();
  });
});

it("readSessionFile() and storageFigures() refuse what is no path", async () => {
  await expect(readSessionFile(undefined as never)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  await expect(storageFigures("")).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
});
