import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** What a reader of the pages has installed, and where the workspace has it. */
const INSTALLED = {
  "@agent-sessions/core": "packages/core",
  "@agent-sessions/file": "packages/file",
  "@agent-sessions/formats": "packages/formats",
  "@agent-sessions/json": "packages/json",
  "@agent-sessions/postgres": "packages/postgres",
  "@agent-sessions/sqlite": "packages/sqlite",
  "@agent-sessions/yaml": "packages/yaml",
  "agent-sessions": "apps/cli",
  "@types/better-sqlite3": "packages/sqlite/node_modules/@types/better-sqlite3",
  "@types/node": "packages/core/node_modules/@types/node",
  "@types/pg": "packages/postgres/node_modules/@types/pg",
  "better-sqlite3": "packages/sqlite/node_modules/better-sqlite3",
  "example-leveldb-adapter": "examples/leveldb-adapter",
  pg: "packages/postgres/node_modules/pg",
  valibot: "packages/core/node_modules/valibot",
  vitest: "packages/core/node_modules/vitest",
  zod: "packages/core/node_modules/zod",
};

/**
 * An application in a temporary folder with our packages and their peers in its `node_modules`, as a user has it:
 * nothing of the workspace is in reach but what is installed there.
 */
export class SampleApp {
  /** @type {string} */
  folder;

  /** @param {string} root The workspace's. */
  constructor(root) {
    this.folder = mkdtempSync(path.join(realpathSync(tmpdir()), "agent-sessions-pages-"));
    writeFileSync(path.join(this.folder, "package.json"), '{ "private": true, "type": "module" }\n');
    for (const [name, place] of Object.entries(INSTALLED)) {
      const link = path.join(this.folder, "node_modules", name);
      mkdirSync(path.dirname(link), { recursive: true });
      symlinkSync(path.join(root, place), link, "junction");
    }
    mkdirSync(this.programs);
    if (process.platform !== "win32") {
      symlinkSync(
        path.join(root, "apps/cli/dist/agent-sessions.cjs"),
        path.join(this.programs, "agent-sessions"),
      );
    }
  }

  /** Where the programs of installed packages are. */
  get programs() {
    return path.join(this.folder, "node_modules", ".bin");
  }

  /**
   * A new, empty folder inside the application.
   *
   * @param {string} name
   */
  addFolder(name) {
    const folder = path.join(this.folder, name);
    mkdirSync(folder);
    return folder;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
