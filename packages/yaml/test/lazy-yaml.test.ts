import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { collect, EngineFixture } from "../../file/test/engine-fixture.js";
import { yamlFormat } from "./format.js";

const fixture = new EngineFixture(yamlFormat);

/** The package as a process has it that never used it before. */
async function freshPackage() {
  vi.resetModules();
  const lazy = await import("../src/lazy-yaml.js");
  const { openYamlSessionStore, readSessionFile } = await import("../src/yaml-session-store.js");
  return { lazy, openYamlSessionStore, readSessionFile };
}

describe("the yaml library", () => {
  beforeEach(async () => {
    const store = await fixture.open();
    await store.create({ id: "a", title: "Plain", messages: [{ role: "user", content: "one" }] });
    await store.create({ id: "odd", title: "Odd", messages: [{ role: "user", content: "one" }] });
    fixture.edit("odd", "id: odd", "id: odd # mine");
    fixture.edit("odd", "title: Odd", "title: 'Odd'");
    await store.close();
  });

  it("is not loaded for the head and the list of sessions as they are written here", async () => {
    const { lazy, openYamlSessionStore } = await freshPackage();
    fixture.edit("odd", "id: odd # mine", "id: odd");
    fixture.edit("odd", "title: 'Odd'", "title: Odd");
    const store = await openYamlSessionStore({ path: fixture.folder });
    expect(await store.head("a")).toMatchObject({ title: "Plain", messageCount: 1 });
    expect((await store.list()).sessions).toHaveLength(2);
    await store.close();
    expect(lazy.loadYaml()).toBeInstanceOf(Promise);
  });

  it.each([
    [
      "head()",
      async ({ openYamlSessionStore }: Fresh) => (await openYamlSessionStore(options())).head("odd"),
    ],
    [
      "load()",
      async ({ openYamlSessionStore }: Fresh) => (await openYamlSessionStore(options())).load("odd"),
    ],
    [
      "list()",
      async ({ openYamlSessionStore }: Fresh) => {
        const { sessions } = await (await openYamlSessionStore(options())).list();
        return sessions.find(({ id }) => id === "odd");
      },
    ],
    [
      "append()",
      async ({ openYamlSessionStore }: Fresh) =>
        (await openYamlSessionStore(options())).append("odd", { role: "user", content: "two" }),
    ],
    [
      "readSessionFile()",
      async ({ readSessionFile }: Fresh) => (await readSessionFile(join(fixture.folder, "odd.yaml"))).head,
    ],
  ])("is loaded by a first %s of what a person has edited", async (_what, call) => {
    const fresh = await freshPackage();
    expect(await call(fresh)).toMatchObject({ id: "odd", title: "Odd" });
    expect(fresh.lazy.loadYaml()).toBeUndefined();
  });

  it("is loaded by a first search, a first verify and a first create", async () => {
    const searched = await (await freshPackage()).openYamlSessionStore(options());
    expect(await collect(searched.search("one"))).toHaveLength(2);
    const verified = await (await freshPackage()).openYamlSessionStore(options());
    expect(await collect(verified.verify())).toEqual([]);
    const written = await (await freshPackage()).openYamlSessionStore(options());
    expect(await written.create({ id: "new", title: "# no comment" })).toMatchObject({
      title: "# no comment",
    });
    expect(await written.head("new")).toMatchObject({ title: "# no comment" });
  });

  it("is missed by who reads or writes before: CodecNotLoadedError", async () => {
    const { lazy } = await freshPackage();
    expect(lazy.parseYaml("a: 1\n")).toEqual({ a: 1 });
    for (const call of [
      () => lazy.parseYaml("a: [1, 2]\n"),
      () => lazy.writeYaml({ a: 1 }),
      () => lazy.yamlLevelPlace("a: 1\n", 1),
    ])
      expect(call).toThrow(expect.objectContaining({ name: "CodecNotLoadedError" }));
    await lazy.loadYaml();
    expect(lazy.parseYaml("a: [1, 2]\n")).toEqual({ a: [1, 2] });
  });
});

type Fresh = Awaited<ReturnType<typeof freshPackage>>;

function options(): { readonly path: string } {
  return { path: fixture.folder };
}
