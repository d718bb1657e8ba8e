import type { Finding, SearchHit, Session, SessionHead, SessionPage } from "@agent-sessions/core";
import { describe, expect, it } from "vitest";
import { newCli } from "./run-cli.js";

/** On one backend each command is also started as a user starts it. */
const BACKENDS = [
  { url: "yaml:./store", starts: false },
  { url: "sqlite:./store.db", starts: true },
];

describe.each(BACKENDS)("commands on $url", ({ url, starts }) => {
  it("create, show and list agree, in JSON and in text", async () => {
    const cli = await newCli(url, { starts });
    const head = await cli.json<SessionHead>(
      ...["create", "--id", "a/b", "--title", "Tïtle 東京", "--label", "x", "--label", "y"],
      ...["--meta", "pr=7", "--meta", "who=me", "--message", "first", "--message", "second"],
    );
    expect(head).toMatchObject({
      id: "a/b",
      title: "Tïtle 東京",
      labels: ["x", "y"],
      metadata: { pr: 7, who: "me" },
      messageCount: 2,
      revision: 1,
    });
    const shown = await cli.json<Session>("show", "a/b");
    expect(shown).toEqual({
      ...head,
      messages: [
        { role: "user", content: "first" },
        { role: "user", content: "second" },
      ],
    });
    expect((await cli.json<Session>("show", "a/b", "--tail", "1")).messages).toEqual([
      { role: "user", content: "second" },
    ]);
    const page = await cli.json<SessionPage>("list");
    const { state: _state, ...summary } = head;
    expect(page).toEqual({ sessions: [summary], unreadable: [], unreadableCount: 0, nextCursor: null });

    const text = await cli.run(["show", "a/b"]);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toContain("#2 user");
    const table = await cli.run(["list"]);
    expect(table.stdout.split("\n")[1]).toMatch(/^a\/b {2}.* 2 .*x,y +Tïtle 東京$/);
    await cli.json("create", "--id", "m", "-m", "one", "-m", "two");
    expect(await cli.json("show", "m")).toMatchObject({
      messages: [
        { role: "user", content: "one" },
        { role: "user", content: "two" },
      ],
    });
    expect((await cli.run(["create"])).stdout).toMatch(/^[0-9a-f-]{36}\n$/);
  });

  // Most agents store parts, and a transcript of them was a page of brackets.
  it("show prints what is said and done; with --full everything else of a message too, as JSON", async () => {
    const cli = await newCli(url, { starts });
    const message = {
      role: "assistant",
      content: [
        { type: "text", text: "first line\nsecond line" },
        { type: "output_text", text: "plain too" },
        { type: "text", text: "cited", citations: [1] },
        { type: "tool_use", name: "ls", input: { path: "/etc" } },
      ],
      stop: "end",
    };
    await cli.run(["append", "s", "--create-if-missing", "--jsonl"], { stdin: JSON.stringify(message) });
    expect((await cli.run(["show", "s"])).stdout).toMatch(
      /\nfirst line\nsecond line\nplain too\ncited\ncall ls\n {2}path: \/etc\n\nNot all fields are shown; .* --full/,
    );
    const { stdout } = await cli.run(["show", "s", "--full"]);
    expect(stdout).toContain("\nfirst line\nsecond line\nplain too\n{\n");
    expect(stdout).not.toContain("Not all fields");
    for (const kept of ['"citations"', '"cited"', '"tool_use"', '"ls"', '"stop": "end"'])
      expect(stdout).toContain(kept);
    expect(stdout).not.toContain('"plain too"');
  });

  it("append takes texts, stdin and JSON Lines, once for each operation id", async () => {
    const cli = await newCli(url, { starts });
    await cli.json(
      "append",
      "s",
      "one",
      "two",
      "--create-if-missing",
      "--role",
      "assistant",
      "--usage",
      "outputTokens=5",
    );
    await cli.run(["append", "s"], { stdin: "three\nlines\n" });
    await cli.run(["append", "s", "--jsonl"], {
      stdin: '{"role":"tool","content":[1,{"x":null}]}\n\n{"n":"\u2028"}',
    });
    for (let run = 0; run < 2; run++) await cli.json("append", "s", "once", "--operation-id", "op-1");
    const session = await cli.json<Session>("show", "s");
    expect(session.messages).toEqual([
      { role: "assistant", content: "one" },
      { role: "assistant", content: "two" },
      { role: "user", content: "three\nlines" },
      { role: "tool", content: [1, { x: null }] },
      { n: "\u2028" },
      { role: "user", content: "once" },
    ]);
    expect(session.usage).toEqual({ inputTokens: 0, outputTokens: 5 });
    expect((await cli.run(["append", "s", "other", "--operation-id", "op-1"])).code).toBe(4);
    const replaced = await cli.json<SessionHead>(
      "append",
      "s",
      "new end",
      "--replace-from",
      "2",
      "--expected-revision",
      "4",
      "--yes",
    );
    expect(replaced.messageCount).toBe(2);
    expect((await cli.run(["append", "s", "x", "--expected-revision", "4"])).code).toBe(4);
  });

  it("update changes each field, and state by paths", async () => {
    const cli = await newCli(url, { starts });
    await cli.json("create", "--id", "s", "--label", "a", "--label", "b", "--meta", "k=1", "--meta", "l=2");
    const changed = await cli.json<SessionHead>(
      ...[
        "update",
        "s",
        "--title",
        "New",
        "--add-label",
        "c",
        "--remove-label",
        "a",
        "--meta",
        "k=two",
        "--unset-meta",
        "l",
      ],
      ...["--set", "flow.step=plan", "--set", "flow.tries=[1,2]", "--set", "old=1", "--pin", "--archive"],
    );
    expect(changed).toMatchObject({
      title: "New",
      labels: ["b", "c"],
      metadata: { k: "two" },
      state: { flow: { step: "plan", tries: [1, 2] }, old: 1 },
      pinned: true,
      archived: true,
      revision: 2,
    });
    const again = await cli.json<SessionHead>(
      "update",
      "s",
      "--unset",
      "old",
      "--label",
      "z",
      "--unpin",
      "--unarchive",
    );
    expect(again).toMatchObject({
      state: { flow: { step: "plan", tries: [1, 2] } },
      labels: ["z"],
      pinned: false,
      archived: false,
    });
    expect((await cli.json<SessionHead>("update", "s", "--label", "z")).revision).toBe(3);
  });

  it("list filters, orders and pages; search finds", async () => {
    const cli = await newCli(url, { starts });
    for (const [id, label, text] of [
      ["a", "red", "needle in a haystack"],
      ["b", "red", "nothing here"],
      ["c", "blue", "the NEEDLE again"],
    ] as const) {
      await cli.json("create", "--id", id, "--label", label, "--message", text);
    }
    const ids = async (...args: readonly string[]): Promise<readonly string[]> =>
      (await cli.json<SessionPage>("list", ...args)).sessions.map(({ id }) => id);
    expect(await ids()).toEqual(["c", "b", "a"]);
    expect(await ids("--label", "red", "--order-by", "id")).toEqual(["a", "b"]);
    expect(await ids("--id-prefix", "c")).toEqual(["c"]);
    expect(await ids("--updated-before", "2000-01-01")).toEqual([]);
    const first = await cli.json<SessionPage>("list", "--limit", "2");
    expect(await ids("--limit", "2", "--cursor", first.nextCursor ?? "")).toEqual(["a"]);

    const hits = await cli.records<SearchHit>("search", "needle");
    expect(hits.map(({ id, seq }) => [id, seq])).toEqual([
      ["c", 1],
      ["a", 1],
    ]);
    expect(await cli.records("search", "needle", "--label", "blue")).toHaveLength(1);
    expect(await cli.records("search", "needle", "--limit", "1")).toHaveLength(1);
    expect(await cli.records("search", "needle", "--limit", "5000")).toEqual(hits);
    expect((await cli.run(["search", "needle", "haystack"])).stdout).toBe("a:1  needle in a haystack\n");
    expect(await cli.run(["search", "absent"])).toMatchObject({ code: 0, stdout: "" });
  });

  it("fork, truncate and delete", async () => {
    const cli = await newCli(url, { starts });
    await cli.json("create", "--id", "s", "--message", "1", "--message", "2", "--message", "3");
    expect(
      await cli.json<SessionHead>("fork", "s", "--id", "f", "--messages", "2", "--title", "F"),
    ).toMatchObject({
      parent: { id: "s", messageCount: 2 },
      title: "F",
      messageCount: 2,
    });
    expect((await cli.run(["fork", "s", "--id", "f"])).code).toBe(4);
    expect((await cli.json<SessionHead>("truncate", "s", "1", "--yes")).messageCount).toBe(1);
    expect((await cli.run(["truncate", "s", "9", "--yes"])).code).toBe(2);
    expect((await cli.run(["delete", "s"])).code).toBe(2);
    expect(await cli.json<boolean>("delete", "s", "--yes")).toBe(true);
    expect((await cli.run(["delete", "s", "--yes"])).code).toBe(3);
    expect((await cli.json<SessionPage>("list")).sessions.map(({ id }) => id)).toEqual(["f"]);
  });

  it("keeps namespaces apart", async () => {
    const cli = await newCli(url, { starts });
    await cli.json("create", "--id", "s", "--title", "default");
    await cli.json("create", "--id", "s", "--title", "tenant", "--namespace", "t/1");
    expect((await cli.json<Session>("show", "s")).title).toBe("default");
    expect((await cli.json<Session>("--namespace", "t/1", "show", "s")).title).toBe("tenant");
    const inEnv = await cli.run(["show", "s", "--json"], { env: { AGENT_SESSIONS_NAMESPACE: "t/1" } });
    expect((JSON.parse(inEnv.stdout) as Session).namespace).toBe("t/1");
  });

  it("verify finds nothing in a healthy store", async () => {
    const cli = await newCli(url, { starts });
    await cli.json("create", "--id", "s", "--message", "x");
    expect(await cli.records<Finding>("verify")).toEqual([]);
    expect((await cli.run(["verify"])).stdout).toContain("No faults");
  });

  it("never sends control characters of stored text to the terminal", async () => {
    const cli = await newCli(url, { starts });
    const evil = "\u001b]0;owned\u0007\u009b31m\u202e";
    await cli.run(["append", `id`, "--jsonl", "--create-if-missing"], {
      stdin: `${JSON.stringify({ role: `user${evil}`, content: `text ${evil}`, extra: evil })}\n`,
    });
    await cli.json("update", "id", "--set", `key=${JSON.stringify(evil)}`);
    for (const args of [
      ["show", "id"],
      ["list"],
      ["search", "text"],
      ["show", "id", "--json"],
      ["search", "text", "--json"],
    ]) {
      const { code, stdout, stderr } = await cli.run(args);
      expect(code, args.join(" ")).toBe(0);
      expect(stdout + stderr, args.join(" ")).not.toMatch(/[^\P{Cc}\n\t]|\p{Bidi_Control}/u);
    }
    expect((await cli.json<Session>("show", "id")).messages[0]?.content).toBe(`text ${evil}`);
  });
});

it("the same commands give the same rows on every backend, but for generated ids and times", async () => {
  const rows = await Promise.all(
    ["json:./a", "yaml:./b", "sqlite:./c.db"].map(async (url) => {
      const cli = await newCli(url);
      await cli.json("create", "--title", "T", "--message", "hello");
      const page = await cli.json<SessionPage>("list");
      return page.sessions.map(({ id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...row }) => row);
    }),
  );
  expect(rows[1]).toEqual(rows[0]);
  expect(rows[2]).toEqual(rows[0]);
});
