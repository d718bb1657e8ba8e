import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stranger } from "./stranger.js";

/** Enough to see that everything works there; contract.test.ts runs the whole contract. */
const GROUPS = ["opening", "append"];
const PATTERN = String.raw`\[(open|reopen|close|append)\.`;

let stranger: Stranger;

beforeAll(async () => {
  stranger = await Stranger.create();
  const files = { vitest: "contract.test.mjs", "node:test": "contract.mjs" };
  for (const [runner, file] of Object.entries(files)) {
    await stranger.write(
      file,
      `import { describe, it } from ${JSON.stringify(runner)};
import { bindContract } from "@agent-sessions/core/contract";
import { harness } from "example-leveldb-adapter/harness";

bindContract(harness, { describe, it });
`,
    );
  }
}, 60_000);

afterAll(async () => await stranger?.remove());

describe("the packed adapter, outside the workspace, passes the contract", () => {
  it("from the command line", async () => {
    const { exitCode, output } = await stranger.node(
      "node_modules/agent-sessions/bin/agent-sessions.js",
      ...["contract", "--module", "example-leveldb-adapter/harness", "--only", ...GROUPS],
    );
    expect(output).toMatch(/leveldb: (?:2|3)\d passed, 0 failed, \d+ not applicable\n$/);
    expect(exitCode, output).toBe(0);
  }, 60_000);

  it("under node --test", async () => {
    const { exitCode, output } = await stranger.node(
      ...["--test", "--test-reporter=tap", `--test-name-pattern=${PATTERN}`, "contract.mjs"],
    );
    expect(output).toMatch(/^# pass (?:2|3)\d$/m);
    expect(output).toMatch(/^# fail 0$/m);
    expect(exitCode, output).toBe(0);
  }, 60_000);

  it("under vitest", async () => {
    const { exitCode, output } = await stranger.node(
      ...["node_modules/vitest/vitest.mjs", "run", "contract.test.mjs", "-t", PATTERN],
    );
    expect(output).toMatch(/Tests {2}(?:2|3)\d passed/);
    expect(exitCode, output).toBe(0);
  }, 60_000);
});

it("the packed adapter serves its URL scheme once it is registered", async () => {
  await stranger.write(
    "chat.mjs",
    `import { openStore } from "@agent-sessions/core";
import { registerLevelBackend } from "example-leveldb-adapter";

registerLevelBackend();
for (const text of ["first", "second"]) {
  const store = await openStore("level:./chats");
  await store.append("a", { content: text }, { createIfMissing: true });
  console.log(store.backend, (await store.load("a")).messages.map(({ content }) => content).join(" "));
  await store.close();
}
`,
  );
  const { exitCode, output } = await stranger.node("chat.mjs");
  expect(output).toBe("level first\nlevel first second\n");
  expect(exitCode).toBe(0);
});
