import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { asLoadError, loadDriver } from "../src/load-driver.js";

describe("the driver's version", () => {
  it("the one that is installed here works", () => {
    expect(typeof loadDriver()).toBe("function");
  });
});

it("a native part of another Node is STORE_IO and names the rebuild", () => {
  const cause = Object.assign(new Error("was compiled against a different Node.js version"), {
    code: "ERR_DLOPEN_FAILED",
  });
  const error = asLoadError(cause, "here");
  expect(error).toMatchObject({
    code: "STORE_IO",
    cause,
    message: expect.stringContaining("npm rebuild better-sqlite3"),
  });
});

describe("an application without a usable driver", () => {
  let app: string;

  beforeEach(() => {
    app = mkdtempSync(join(tmpdir(), "agent-sessions-app-"));
    const require = createRequire(import.meta.url);
    const installed = join(app, "node_modules", "@agent-sessions");
    mkdirSync(join(installed, "sqlite"), { recursive: true });
    const here = dirname(dirname(fileURLToPath(import.meta.url)));
    cpSync(join(here, "dist"), join(installed, "sqlite", "dist"), { recursive: true });
    cpSync(join(here, "package.json"), join(installed, "sqlite", "package.json"));
    for (const name of ["core", "file"]) {
      symlinkSync(dirname(dirname(require.resolve(`@agent-sessions/${name}`))), join(installed, name));
    }
  });

  afterEach(() => {
    rmSync(app, { recursive: true, force: true });
  });

  /** Imports the package, which must work, and opens a store, which must not. */
  function open(): unknown {
    const program = `import { openSqliteSessionStore } from "@agent-sessions/sqlite";
      try { await openSqliteSessionStore({ path: "./s.db" }); console.log("{}"); }
      catch (error) { console.log(JSON.stringify(error)); }`;
    writeFileSync(join(app, "program.mjs"), program);
    return JSON.parse(
      execFileSync(process.execPath, ["program.mjs"], {
        cwd: app,
        encoding: "utf8",
        env: { ...process.env, NODE_PATH: "" },
      }),
    );
  }

  function installDriver(version: string, source: string): void {
    const folder = join(app, "node_modules", "better-sqlite3");
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({ name: "better-sqlite3", version, main: "index.js" }),
    );
    writeFileSync(join(folder, "index.js"), source);
  }

  it("that is missing: BACKEND_NOT_INSTALLED with the command", () => {
    expect(open()).toMatchObject({
      code: "BACKEND_NOT_INSTALLED",
      message: expect.stringContaining("npm install better-sqlite3"),
    });
  });

  it("that was not built: STORE_IO with the command", () => {
    installDriver(
      "12.11.1",
      "module.exports = class { constructor() { throw new Error('Could not locate the bindings file') } }",
    );
    expect(open()).toMatchObject({
      code: "STORE_IO",
      message: expect.stringContaining("npm rebuild better-sqlite3"),
    });
  });

  it.skipIf(Number.parseInt(process.versions.node, 10) >= 23)(
    "that ends the process in its constructor: STORE_INCOMPATIBLE before it gets there",
    () => {
      installDriver("13.0.0", "module.exports = class { constructor() { process.abort() } }");
      expect(open()).toMatchObject({ code: "STORE_INCOMPATIBLE" });
    },
  );
});
