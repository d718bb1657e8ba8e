import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMemorySessionStore } from "../src/memory-session-store.js";
import { openStore, registerBackend, type StoreTarget } from "../src/open-store.js";

const run = promisify(execFile);
const coreFolder = fileURLToPath(new URL("../", import.meta.url));
const pnpm = fileURLToPath(new URL("../../../node_modules/.bin/pnpm", import.meta.url));

/** An application's code: opens the URL it is given and prints the backend's name, or the error's code and message. */
const APPLICATION = `
import { openStore } from "@agent-sessions/core";
const [, , url, from] = process.argv;
try {
  const store = await openStore(url, from === undefined ? {} : { from });
  console.log(JSON.stringify({ backend: store.backend, location: store.location }));
  await store.close();
} catch (error) {
  console.log(JSON.stringify({ code: error.code, message: error.message }));
}
`;

/** A backend package as a third party would publish it: core's memory store under another name. */
const TOY_BACKEND = `
import { openMemorySessionStore } from "@agent-sessions/core/memory";
export async function open({ location }) {
  const store = await openMemorySessionStore();
  return new Proxy(store, { get: (target, name) => {
    if (name === "backend") return "toy";
    if (name === "location") return location;
    const value = Reflect.get(target, name);
    return typeof value === "function" ? value.bind(target) : value;
  } });
}
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agent-sessions-open-"));
  await mkdir(join(folder, "toy"));
  await writeFile(join(folder, "toy", "index.js"), TOY_BACKEND);
  await writeFile(
    join(folder, "toy", "package.json"),
    JSON.stringify({
      name: "@agent-sessions/toy",
      version: "1.0.0",
      type: "module",
      exports: { ".": { types: "./index.d.ts", default: "./index.js" } },
      dependencies: { "@agent-sessions/core": "*" },
    }),
  );
  await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: coreFolder });
  await run("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: join(folder, "toy") });
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function application(name: string, install: readonly [string, ...string[]]): Promise<string> {
  const app = join(folder, name);
  await mkdir(app);
  const core = "file:../agent-sessions-core-0.0.0.tgz";
  await writeFile(join(app, "main.mjs"), APPLICATION);
  await writeFile(
    join(app, "package.json"),
    JSON.stringify({
      name,
      private: true,
      dependencies: {
        "@agent-sessions/core": core,
        "@agent-sessions/toy": "file:../agent-sessions-toy-1.0.0.tgz",
      },
      overrides: { "@agent-sessions/core": core },
      pnpm: { overrides: { "@agent-sessions/core": core } },
    }),
  );
  const [command, ...args] = install;
  await run(command, args, { cwd: app });
  return app;
}

async function opened(script: string, cwd: string, ...args: string[]): Promise<Record<string, string>> {
  // A test runner started through a package manager may set NODE_PATH, and then everything is found everywhere.
  const { NODE_PATH: _nodePath, ...env } = process.env;
  const { stdout } = await run(process.execPath, [script, ...args], { cwd, env });
  return JSON.parse(stdout) as Record<string, string>;
}

describe.each<[string, readonly [string, ...string[]]]>([
  ["npm", ["npm", "install", "--offline", "--no-audit", "--no-fund", "--no-package-lock"]],
  ["pnpm", [pnpm, "install", "--offline", "--ignore-workspace", "--no-lockfile"]],
])("openStore() in an application installed by %s", (name, install) => {
  let app: string;

  beforeAll(async () => {
    app = await application(`app-${name}`, install);
  }, 60_000);

  it("finds a backend that the application installed", async () => {
    const script = join(app, "main.mjs");
    expect(await opened(script, app, "toy:place")).toEqual({ backend: "toy", location: "place" });
    expect(await opened(script, folder, "toy:place", script)).toMatchObject({ backend: "toy" });
  });

  it("finds it from elsewhere and through a link to the entry file", async () => {
    const link = join(folder, `link-${name}.mjs`);
    await symlink(join(app, "main.mjs"), link);
    expect(await opened(link, folder, "toy:x")).toMatchObject({ backend: "toy" });
  });

  it("rejects BACKEND_NOT_INSTALLED with the install command for one that it did not", async () => {
    const answer = await opened(join(app, "main.mjs"), app, "sqlite:./x.db");
    expect(answer["code"]).toBe("BACKEND_NOT_INSTALLED");
    expect(answer["message"]).toContain("npm install @agent-sessions/sqlite");
  });
});

describe("openStore()", () => {
  it.each([
    ["no scheme", "./sessions"],
    ["a drive letter", "C:\\sessions"],
    ["nothing", ""],
    ["a stray percent sign", "memory:%zz"],
    ["a place for memory", "memory:x"],
    ["an option that memory does not know", "memory:?colour=red"],
    ["a value that does not fit", "memory:?lockTimeoutMs=soon"],
    ["an option that is named twice", "memory:?lockTimeoutMs=1&lockTimeoutMs=1"],
    ["no string", 7 as unknown as string],
  ])("rejects INVALID_OPTIONS for %s", async (_name, url) => {
    await expect(openStore(url)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });

  it.each([[null], ["relaxed"]])("rejects INVALID_OPTIONS for %j as options", async (options) => {
    await expect(openStore("memory:", options as never)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });

  it.each([[""], ["file://elsewhere%/x"], [7], [new URL("https://example.org/")]])(
    "rejects INVALID_OPTIONS for %s as the place to look from",
    async (from) => {
      await expect(openStore("absent:x", { from: from as string })).rejects.toMatchObject({
        code: "INVALID_OPTIONS",
      });
    },
  );

  // createRequire takes a path for that of a file, so that a folder's own packages were passed over.
  it("looks in a folder that is given as the place to look from", async () => {
    const app = join(folder, "from-folder");
    const backend = join(app, "node_modules", "@agent-sessions", "inert");
    await mkdir(backend, { recursive: true });
    await writeFile(join(backend, "package.json"), JSON.stringify({ type: "module", exports: "./index.js" }));
    await writeFile(join(backend, "index.js"), "export const open = async () => 'opened';");
    await expect(openStore("inert:x", { from: app })).resolves.toBe("opened");
  });

  // A driver that is missing, or was built for another version of Node, rejected with an error without a code.
  it("rejects BACKEND_NOT_INSTALLED with the cause for a package that cannot be loaded", async () => {
    const backend = join(folder, "node_modules", "@agent-sessions", "broken");
    await mkdir(backend, { recursive: true });
    await writeFile(join(backend, "package.json"), JSON.stringify({ type: "module", exports: "./index.js" }));
    await writeFile(join(backend, "index.js"), "import 'a-driver-that-is-missing';");
    const opening = openStore("broken:x", { from: join(folder, "main.js") });
    await expect(opening).rejects.toMatchObject({
      code: "BACKEND_NOT_INSTALLED",
      cause: { code: "ERR_MODULE_NOT_FOUND" },
    });
  });

  it("rejects STORE_INCOMPATIBLE for a package that opens no store", async () => {
    const backend = join(folder, "node_modules", "@agent-sessions", "silent");
    await mkdir(backend, { recursive: true });
    await writeFile(join(backend, "package.json"), JSON.stringify({ type: "module", exports: "./index.js" }));
    await writeFile(join(backend, "index.js"), "export const close = () => undefined;");
    const opening = openStore("silent:x", { from: join(folder, "main.js") });
    await expect(opening).rejects.toMatchObject({ code: "STORE_INCOMPATIBLE" });
  });

  it("passes on an error of the library that a package throws while it is loaded", async () => {
    const backend = join(folder, "node_modules", "@agent-sessions", "refusing");
    await mkdir(backend, { recursive: true });
    await writeFile(join(backend, "package.json"), JSON.stringify({ type: "module", exports: "./index.js" }));
    // As a package that brings a core of its own throws it: known by the brand alone.
    await writeFile(
      join(backend, "index.js"),
      "throw Object.assign(new Error('too new'), { code: 'STORE_INCOMPATIBLE', [Symbol.for('@agent-sessions/core/SessionStoreError')]: true });",
    );
    const opening = openStore("refusing:x", { from: join(folder, "main.js") });
    await expect(opening).rejects.toMatchObject({ code: "STORE_INCOMPATIBLE", message: "too new" });
  });

  it("looks from the entry script, or from the working directory when that is no file", async () => {
    const [node = "", entry = ""] = process.argv;
    try {
      for (const [script, place] of [
        [join(folder, "toy", "index.js"), folder],
        [join(folder, "bundled"), process.cwd()],
      ] as const) {
        process.argv.splice(0, 2, node, script);
        const opening = openStore("absent:x");
        await expect(opening).rejects.toMatchObject({ code: "BACKEND_NOT_INSTALLED" });
        await expect(opening).rejects.toThrow(place);
      }
    } finally {
      process.argv.splice(0, 2, node, entry);
    }
  });

  it("leaves an option of the URL alone that is undefined in code", async () => {
    const store = await openStore("memory:?namespace=url", { namespace: undefined });
    expect(store.namespace).toBe("url");
    await store.close();
  });

  it("opens memory with options from the URL and from code, code winning", async () => {
    const store = await openStore("memory:?namespace=url&lockTimeoutMs=5", { namespace: "code" });
    expect(store).toMatchObject({ backend: "memory", namespace: "code" });
    await store.close();
  });
});

describe("registerBackend()", () => {
  it("serves a scheme with the opener, which gets the URL taken apart", async () => {
    const targets: StoreTarget[] = [];
    registerBackend("my-own", async (target) => {
      targets.push(target);
      return await openMemorySessionStore();
    });
    await (await openStore("MY-OWN:some%3Fwhere?a=1&b=x", { b: 2 })).close();
    expect(targets).toEqual([
      {
        scheme: "my-own",
        url: "MY-OWN:some%3Fwhere?a=1&b=x",
        location: "some?where",
        options: { a: "1", b: 2 },
      },
    ]);
  });

  it("refuses what opens nothing", () => {
    expect(() => registerBackend("no-opener", undefined as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }) as Error,
    );
  });

  it.each([["x"], ["A"], ["a b"], [""]])("refuses the scheme %j", (scheme) => {
    expect(() => registerBackend(scheme, () => openMemorySessionStore())).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }) as Error,
    );
  });
});
