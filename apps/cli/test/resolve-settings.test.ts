import { mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { dataFolder } from "../src/data-folder.js";
import { resolveSettings, type Settings, type SettingsInput } from "../src/resolve-settings.js";
import { newCli } from "./run-cli.js";

type Given = Partial<Pick<SettingsInput, "flags" | "env">> & {
  readonly files?: Readonly<Record<string, string>>;
};

async function resolve({
  flags = {},
  env = {},
  files = {},
}: Given): Promise<{ settings: Settings; folder: string }> {
  const { folder } = await newCli();
  const workingFolder = path.join(folder, "project", "deep");
  await mkdir(workingFolder, { recursive: true });
  for (const [name, content] of Object.entries(files))
    await writeFile(path.join(folder, "project", name), content);
  const input: SettingsInput = { flags, env, workingFolder, homeFolder: folder, platform: "linux" };
  return { settings: await resolveSettings(input), folder };
}

describe("resolveSettings()", () => {
  it("takes the flag before the environment, before the config file, before the default", async () => {
    const files = { ".agent-sessionsrc": '{"store":"json:./c","namespace":"file"}' };
    const env = { AGENT_SESSIONS_STORE: "yaml:./e", AGENT_SESSIONS_NAMESPACE: "env" };
    const flags = { store: "sqlite:./f.db", namespace: "flag" };

    const all = (await resolve({ flags, env, files })).settings;
    expect(all.store).toEqual({ value: "sqlite:./f.db", source: "--store" });
    expect(all.namespace).toEqual({ value: "flag", source: "--namespace" });

    const withoutFlags = (await resolve({ env, files })).settings;
    expect(withoutFlags.store).toEqual({ value: "yaml:./e", source: "AGENT_SESSIONS_STORE" });
    expect(withoutFlags.namespace).toEqual({ value: "env", source: "AGENT_SESSIONS_NAMESPACE" });

    const { settings, folder } = await resolve({ files });
    const file = path.join(folder, "project", ".agent-sessionsrc");
    expect(settings.store).toEqual({
      value: `json:${path.join(folder, "project", "c")}`,
      source: `config file ${file}`,
    });
    expect(settings.namespace).toEqual({ value: "file", source: `config file ${file}` });
    expect(settings.configFile).toBe(file);

    const none = await resolve({});
    expect(none.settings.store).toEqual({
      value: `sqlite:${path.join(none.folder, ".local", "share", "agent-sessions", "sessions.db")}`,
      source: "default",
    });
    expect(none.settings.namespace).toEqual({ value: "", source: "default" });
  });

  // `config` showed "json:" as though all were well, and the first use failed over an option that nobody had written.
  it("rejects INVALID_OPTIONS for a store that keeps files without a path, and says what to write", async () => {
    const inFile = (store: unknown): Given => ({
      files: { "agent-sessions.config.json": JSON.stringify({ store }) },
    });
    const cases: readonly (readonly [Given, source: string, remedy: string])[] = [
      [inFile({ backend: "json" }), "agent-sessions.config.json", '"path": "./sessions"'],
      [inFile({ backend: "sqlite", path: "" }), "agent-sessions.config.json", '"path": "./sessions.db"'],
      [inFile("yaml:?durability=relaxed"), "agent-sessions.config.json", "yaml:./sessions,"],
      [{ env: { AGENT_SESSIONS_STORE: "JSON:" } }, "AGENT_SESSIONS_STORE", "json:./sessions,"],
      [{ flags: { store: "sqlite:" } }, "--store", "sqlite:./sessions.db,"],
    ];
    for (const [given, source, remedy] of cases) {
      const refused = expect(resolve(given)).rejects;
      await refused.toMatchObject({ code: "INVALID_OPTIONS", path: "store" });
      await refused.toThrow(source);
      await refused.toThrow(remedy);
    }
    expect((await resolve({ flags: { store: "memory:" } })).settings.store.value).toBe("memory:");
  });

  it("takes store and namespace from different sources", async () => {
    const { settings } = await resolve({
      flags: { store: "memory:" },
      files: { "agent-sessions.config.yaml": "namespace: tenant\n" },
    });
    expect([settings.store.source, settings.namespace.value]).toEqual(["--store", "tenant"]);
  });

  it("counts an empty AGENT_SESSIONS_STORE as not set, and an empty AGENT_SESSIONS_NAMESPACE as the default namespace", async () => {
    const { settings } = await resolve({
      env: { AGENT_SESSIONS_STORE: "", AGENT_SESSIONS_NAMESPACE: "" },
      files: { ".agent-sessionsrc": '{"store":"memory:","namespace":"file"}' },
    });
    expect(settings.store.value).toBe("memory:");
    expect(settings.namespace).toEqual({ value: "", source: "AGENT_SESSIONS_NAMESPACE" });
  });

  it.each([
    ["agent-sessions.config.json", '{"store":{"backend":"sqlite","path":"a?b%.db","durability":"relaxed"}}'],
    ["agent-sessions.config.yaml", "store:\n  backend: sqlite\n  path: a?b%.db\n  durability: relaxed\n"],
    ["agent-sessions.config.yml", "store:\n  backend: sqlite\n  path: a?b%.db\n  durability: relaxed\n"],
    [
      "package.json",
      '{"name":"x","agent-sessions":{"store":{"backend":"sqlite","path":"a?b%.db","durability":"relaxed"}}}',
    ],
  ])("reads the object form of a store from %s", async (name, content) => {
    const { settings, folder } = await resolve({ files: { [name]: content } });
    expect(settings.store.value).toBe(`sqlite:${path.join(folder, "project", "a%3Fb%25.db")}`);
    expect(settings.storeOptions).toEqual({ durability: "relaxed" });
  });

  it("keeps the options of a URL, and locations that are no relative paths", async () => {
    for (const url of [
      "memory:",
      "sqlite::memory:",
      "json:/abs?durability=relaxed",
      "postgres://u:p@host/db",
    ]) {
      const files = { ".agent-sessionsrc": JSON.stringify({ store: url }) };
      const { settings } = await resolve({ files, flags: { config: "../.agent-sessionsrc" } });
      expect(settings.store.value).toBe(url);
    }
    const { settings, folder } = await resolve({
      files: { ".agent-sessionsrc": '{"store":"sqlite:s.db?a=b"}' },
    });
    expect(settings.store.value).toBe(`sqlite:${path.join(folder, "project", "s.db")}?a=b`);
  });

  it.each([
    ["an unknown key", '{"stroe":"memory:"}'],
    ["a store that is a number", '{"store":7}'],
    ["a store object without backend", '{"store":{"path":"x"}}'],
    ["a namespace inside the store", '{"store":{"backend":"memory","namespace":"x"}}'],
    ["a list", "[]"],
    ["a syntax error", "{"],
  ])("rejects INVALID_OPTIONS for a config file with %s", async (_what, content) => {
    await expect(resolve({ files: { ".agent-sessionsrc": content } })).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
    });
  });

  // It was passed over without a word, and what was written went to the default store.
  it("refuses to run a module that it finds, and runs one that is named", async () => {
    const files = {
      "agent-sessions.config.mjs": 'globalThis.ranConfig = true; export default { namespace: "code" };',
    };
    await expect(resolve({ files })).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    expect(globalThis).not.toHaveProperty("ranConfig");
    const named = await resolve({ files, flags: { config: "../agent-sessions.config.mjs" } });
    expect(named.settings.namespace.value).toBe("code");
  });

  // Opening such a store imports @agent-sessions/<scheme> from the working folder's project: in a cloned repository, a stranger's code. A
  // stranger's server asked for the password in PGPASSWORD, and got it.
  it.each([
    '{"store":"evil:./x"}',
    '{"store":{"backend":"evil","path":"./x"}}',
    '{"store":{"backend":"../evil","path":"./x"}}',
    '{"store":"EVIL:json:./x"}',
    '{"store":"postgres://evil.example/db"}',
    '{"store":{"backend":"PostgreSQL","path":"//evil.example/db"}}',
  ])(
    "accepts a backend that does not come along, or a server, from the user, and not from a file it found: %s",
    async (content) => {
      const files = { ".agent-sessionsrc": content };
      await expect(resolve({ files })).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
        details: { path: "store" },
      });
      await expect(resolve({ files, flags: { namespace: "n" } })).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
      });
      const named = await resolve({ files, flags: { config: "../.agent-sessionsrc" } });
      expect(named.settings.store.source).toContain(".agent-sessionsrc");
      expect((await resolve({ files, flags: { store: "evil:./y" } })).settings.store.value).toBe("evil:./y");
      const env = { AGENT_SESSIONS_STORE: "evil:./z" };
      expect((await resolve({ files, env })).settings.store.value).toBe("evil:./z");
    },
  );

  // A broken package.json above the working folder, of whatever project, ended every command.
  it("reads only a package.json that names it", async () => {
    expect((await resolve({ files: { "package.json": "{ half-writ" } })).settings.store.source).toBe(
      "default",
    );
    await expect(resolve({ files: { "package.json": '{ "agent-sessions": ' } })).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
    });
  });

  // The user was told of "a config file in … or above it", and had to look for it.
  it("names the file that cannot be read", async () => {
    for (const [name, content] of [
      [".agent-sessionsrc", "{"],
      ["agent-sessions.config.yaml", "store: ["],
    ] as const) {
      const message: unknown = expect.stringContaining(`${path.join("project", name)} cannot be read`);
      await expect(resolve({ files: { [name]: content } })).rejects.toMatchObject({ message });
    }
  });

  // The default store was taken instead, without a word, and written to.
  it.each([
    ["agent-sessions.config.json", ""],
    ["agent-sessions.config.yaml", "# nothing yet\n"],
    [".agent-sessionsrc", " \n"],
    ["agent-sessions.config.js", "module.exports = {};"],
    ["agent-sessions.config.cjs", "module.exports = {};"],
  ])(
    "rejects INVALID_OPTIONS for a file that it finds and that says nothing it may use: %s",
    async (name, content) => {
      const message: unknown = expect.stringContaining(path.join("project", name));
      await expect(resolve({ files: { [name]: content } })).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
        message,
      });
    },
  );

  it("rejects INVALID_OPTIONS for a link that leads nowhere, unless a nearer file is found", async () => {
    const { folder } = await newCli();
    const workingFolder = path.join(folder, "project", "deep");
    await mkdir(workingFolder, { recursive: true });
    await symlink("gone.json", path.join(folder, "project", "agent-sessions.config.json"));
    const input: SettingsInput = { flags: {}, env: {}, workingFolder, homeFolder: folder, platform: "linux" };
    await expect(resolveSettings(input)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    await writeFile(path.join(workingFolder, ".agent-sessionsrc"), '{"namespace":"near"}');
    expect((await resolveSettings(input)).namespace.value).toBe("near");
  });

  // In the built program a CommonJS package is a file of its own; that of YAML's reader gave no names, and no such config file could be read.
  it("reads YAML in the built program", async () => {
    const cli = await newCli();
    await writeFile(
      path.join(cli.folder, "agent-sessions.config.yaml"),
      "store: json:./s\nnamespace: built\n",
    );
    expect(await cli.json("config")).toMatchObject({ namespace: { value: "built" } });
  });

  // The default store was taken instead, without a word.
  it.each([
    ["a module without a default export", "c.mjs", "export const store = 'memory:';"],
    ["an empty file", "c.json", ""],
    ["a package.json without the key", "package.json", "{}"],
  ])("rejects INVALID_OPTIONS for %s that is named", async (_what, name, content) => {
    const given = { files: { [name]: content }, flags: { config: `../${name}` } };
    await expect(resolve(given)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });

  it("rejects INVALID_OPTIONS for a config file that is named and missing", async () => {
    await expect(resolve({ flags: { config: "nope.json" } })).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
    });
  });
});

describe("dataFolder()", () => {
  it.each([
    ["linux", {}, "/home/u/.local/share/agent-sessions"],
    ["linux", { XDG_DATA_HOME: "/xdg" }, "/xdg/agent-sessions"],
    ["linux", { XDG_DATA_HOME: "relative" }, "/home/u/.local/share/agent-sessions"],
    ["darwin", {}, "/home/u/Library/Application Support/agent-sessions"],
    ["win32", { LOCALAPPDATA: "/local" }, "/local/agent-sessions"],
    ["win32", {}, "/home/u/AppData/Local/agent-sessions"],
  ] as const)("on %s with %o is %s", (platform, env, expected) => {
    expect(dataFolder({ platform, env, homeFolder: "/home/u" })).toBe(expected);
  });
});
