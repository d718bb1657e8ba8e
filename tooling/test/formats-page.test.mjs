import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readBlocks } from "../snippets/markdown-blocks.mjs";
import { root } from "../steps.mjs";

/** @param {string} page */
const blocksOf = (page) => readBlocks(page, readFileSync(path.join(root, page), "utf8"));

/** @param {string} backend */
const adapterOf = (backend) =>
  import(pathToFileURL(path.join(root, "packages", backend, "dist/index.js")).href);

/** @type {string} */
let folder;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "agent-sessions-formats-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/**
 * Without the one thing in a session file that is made up anew each time, and the checksum over it.
 *
 * @param {string} text
 */
const withoutEpochs = (text) =>
  text
    .replaceAll(/"epoch":"[\w-]{8}"/g, '"epoch":"········"')
    .replaceAll(/"check":"[\da-f]{8}"/g, '"check":"········"');

test.each([
  { backend: "json", heading: "A JSON session", file: "login.jsonl", opener: "openJsonSessionStore" },
  { backend: "yaml", heading: "A YAML session", file: "login.yaml", opener: "openYamlSessionStore" },
])(
  "docs/formats.md shows, byte for byte, what $backend writes",
  async ({ backend, heading, file, opener }) => {
    const adapter = await adapterOf(backend);
    let now = Date.parse("2026-01-31T12:00:00.000Z");
    const store = await adapter[opener]({ path: folder, clock: () => now });
    await store.create({
      id: "login",
      title: "Fix the login bug",
      messages: [{ role: "user", content: "Why does login fail?" }],
    });
    now += 1000;
    const first = { role: "assistant", content: "Let me look." };
    await store.append("login", first, { usage: { inputTokens: 8, outputTokens: 3 } });
    now += 1000;
    const second = { role: "assistant", content: "The refresh token\nis never rotated." };
    await store.append("login", second, { replaceFrom: 2, usage: { outputTokens: 7 } });
    await store.close();

    const written = readFileSync(path.join(folder, file), "utf8");
    const shown = blocksOf("docs/formats.md").find((block) => block.heading === heading)?.code;
    expect(withoutEpochs(`${shown}\n`)).toBe(withoutEpochs(written));
  },
);

test("packages/yaml/README.md shows a file written by hand that is a session", async () => {
  const { openYamlSessionStore } = await adapterOf("yaml");
  const [shown] = blocksOf("packages/yaml/README.md").filter(({ language }) => language === "yaml");
  writeFileSync(path.join(folder, "release.yaml"), `${shown?.code}\n`);
  const store = await openYamlSessionStore({ path: folder });
  expect(await store.load("release")).toMatchObject({
    revision: 1,
    messages: [{ role: "user", content: "Is the changelog ready?" }],
  });
  await store.append("release", { role: "assistant", content: "Yes." });
  expect(await store.head("release")).toMatchObject({ revision: 2, messageCount: 2 });
  for await (const finding of store.verify()) throw new Error(finding.message);
  await store.close();
});
