import { afterAll, beforeAll, expect, test } from "vitest";
// By its path: as a dependency, the demo would have to install the server to build this program.
import { type TestServer, useTestServer } from "../../postgres-test-server/dist/index.js";
import { newCli } from "./run-cli.js";

let server: TestServer;

beforeAll(async () => {
  server = await useTestServer();
});

afterAll(async () => {
  await server.close();
});

test("migrate copies from SQLite to PostgreSQL and verifies by digest; the other commands work there, and show no password", async () => {
  const cli = await newCli();
  const target = `${server.url}?schema=cli_${process.pid}`;
  await cli.run(["--store", "sqlite:./s.db", "create", "--id", "one", "--title", "First"]);
  await cli.run(["--store", "sqlite:./s.db", "append", "one", "hello there"]);
  const migrated = await cli.json("migrate", "--from", "sqlite:./s.db", "--to", target);
  expect(migrated).toMatchObject({ copied: 1 });
  const again = await cli.run(["migrate", "--from", "sqlite:./s.db", "--to", target]);
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("1 already there")]);
  for (const args of [["list"], ["show", "one"], ["search", "hello"], ["verify"], ["config"]]) {
    const { code, stdout, stderr } = await cli.run(["--store", target, ...args]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).not.toContain(new URL(server.url).password);
  }
  const wrong = await cli.run(["--store", server.url.replace(/:[^:@/]*@/, ":hunter2@"), "list"]);
  expect([wrong.code, `${wrong.stdout}${wrong.stderr}`]).toEqual([1, expect.stringContaining("STORE_IO")]);
  expect(`${wrong.stdout}${wrong.stderr}`).not.toContain("hunter2");
});
