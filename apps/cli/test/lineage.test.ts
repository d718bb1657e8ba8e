import { openMemorySessionStore } from "@agent-sessions/core/memory";
import { describe, expect, it } from "vitest";
import { createColors } from "../src/colors.js";
import { type Lineage, lineages, lineagesAsJson, walk } from "../src/lineage.js";
import { treeLines } from "../src/tree-lines.js";
import { newCli } from "./run-cli.js";

describe("tree", () => {
  it("draws the family of a session, or all families", async () => {
    const cli = await newCli("sqlite:./s.db");
    await cli.json("create", "--id", "root", "--title", "Login", "--message", "1", "--message", "2");
    await cli.json("fork", "root", "--id", "a", "--messages", "1");
    await cli.json("fork", "a", "--id", "aa", "--title", "");
    await cli.json("fork", "root", "--id", "b", "--title", "Other");
    await cli.json("create", "--id", "alone");
    const drawn = [
      "root  Login (2 messages)",
      "├─ a  Login (1 message, 1 of them shared)",
      "│  └─ aa  1 (1 message, 1 of them shared)",
      "└─ b  Other (2 messages, 2 of them shared)",
    ];
    expect((await cli.run(["tree"])).stdout.trimEnd().split("\n")).toEqual(drawn);
    expect((await cli.run(["tree", "aa"])).stdout).toContain("(1 message, 1 of them shared)  <\n");
    expect((await cli.run(["tree", "--all"])).stdout).toContain("alone (0 messages)");
    await cli.json("delete", "root", "--yes");
    expect((await cli.run(["tree", "b"])).stdout).toBe(
      "b  Other (2 messages, fork of root, which is not here)  <\n",
    );
    expect(await cli.json("tree", "a")).toMatchObject([
      { id: "a", parent: { id: "root" }, forks: [{ id: "aa", forks: [] }] },
    ]);
  });

  it("says so when nothing was forked", async () => {
    const cli = await newCli("json:./s");
    expect(await cli.run(["tree"])).toMatchObject({ code: 0, stdout: "" });
  });
});

describe("treeLines()", () => {
  // With the ids that the library makes, 80 columns had none left for the titles.
  it("cuts ids to what tells them apart where the terminal is narrow, and says so", async () => {
    await using store = await openMemorySessionStore();
    const root = await store.create({
      title: "Why does the login fail on Tuesdays?",
      messages: [{ content: "a" }],
    });
    const fork = await store.fork(root.id);
    const draw = async (width: number | null): Promise<readonly [readonly string[], boolean]> => {
      const { lines, hasShortIds } = await treeLines(await lineages(store), fork.id, {
        colors: createColors(false),
        width,
      });
      return [[...lines], hasShortIds];
    };
    for (const width of [null, 200]) {
      const [lines, hasShortIds] = await draw(width);
      expect([lines[0]?.split("  ")[0], hasShortIds]).toEqual([root.id, false]);
    }
    const [lines, hasShortIds] = await draw(70);
    expect(hasShortIds).toBe(true);
    const [shown = ""] = lines[0]?.split("  ") ?? [];
    expect([root.id.startsWith(shown), fork.id.startsWith(shown), shown.length < 36]).toEqual([
      true,
      false,
      true,
    ]);
    expect(lines[0]).toContain("Why does the login");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(70);
  });
});

describe("lineages()", () => {
  it("shows sessions that name each other as parents, and a chain that is deep", async () => {
    const store = await openMemorySessionStore();
    const parent = (id: string): { parent: { id: string; messageCount: number } } => ({
      parent: { id, messageCount: 0 },
    });
    await store.create({ id: "x", ...parent("y") });
    await store.create({ id: "y", ...parent("x") });
    for (let n = 0; n < 1000; n++)
      await store.create({ id: `c${n}`, ...(n === 0 ? {} : parent(`c${n - 1}`)) });
    const roots = await lineages(store);
    const steps = roots.flatMap((root) => [...walk(root)]);
    expect(steps).toHaveLength(1002);
    expect(Math.max(...steps.map(({ isLast }) => isLast.length))).toBe(999);
  });
});

interface Level {
  readonly id: string;
  readonly forks: readonly Level[];
}

describe("lineagesAsJson()", () => {
  /** A family as plain objects, its depth bounded only by memory: `JSON.stringify` and deep equality would run out of stack. */
  function family(id: string, forks: readonly Lineage[] = []): Lineage {
    const session = { id, title: `"${id}"`, messageCount: 1, parent: null };
    return { session: session as unknown as Lineage["session"], forks: [...forks] };
  }

  it("puts each session's forks inside it", () => {
    const families = [family("a", [family("b", [family("c"), family("d")]), family("e")]), family("f")];
    const plain = ({ session, forks }: Lineage): object => ({ ...session, forks: forks.map(plain) });
    expect(JSON.parse(lineagesAsJson(families))).toEqual(families.map(plain));
    expect(lineagesAsJson([])).toBe("[]");
  });

  it("needs no stack for 20,000 forks in a line", () => {
    let chain = family("19999");
    for (let n = 19_998; n >= 0; n--) chain = family(String(n), [chain]);
    const ids: string[] = [];
    let level = JSON.parse(lineagesAsJson([chain])) as readonly Level[];
    for (; level[0] !== undefined; level = level[0].forks) ids.push(level[0].id);
    expect(ids).toEqual(Array.from({ length: 20_000 }, (_, n) => String(n)));
  });
});
