import type * as Module from "node:module";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import { asLoadError, loadDriver } from "../src/load-driver.js";

/** What `require` answers for the driver's package.json and the driver; an error is thrown. */
const installed = vi.hoisted(() => ({ description: undefined as unknown, driver: undefined as unknown }));

const missing = vi.hoisted(
  () =>
    (name: string): Error =>
      Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" }),
);

// Modules that were loaded by the test files before hold the real one, and those to come are not to hold this one.
vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

vi.mock("node:module", async (original) => {
  const answer = (name: string): unknown => {
    if (name.endsWith(".node")) throw missing(name);
    const found = name.endsWith("package.json") ? installed.description : installed.driver;
    if (found instanceof Error) throw found;
    return found;
  };
  return { ...(await original<typeof Module>()), createRequire: () => answer };
});

class Driver {
  close(): void {}
}

afterEach(() => {
  installed.description = undefined;
  installed.driver = undefined;
});

it("a driver that is not installed is BACKEND_NOT_INSTALLED", () => {
  installed.description = missing("better-sqlite3/package.json");
  installed.driver = missing("better-sqlite3");
  expect(() => loadDriver()).toThrow(
    expect.objectContaining({ code: "BACKEND_NOT_INSTALLED", cause: installed.driver }),
  );
});

it("a driver that hides its version, or has a strange one, is taken when it works", () => {
  installed.driver = Driver;
  for (const description of [new Error("not exported"), {}, { version: 13 }]) {
    installed.description = description;
    expect(loadDriver()).toBe(Driver);
  }
});

it("a driver that this Node does not run is refused before it is loaded", () => {
  installed.description = { version: "999.0.0" };
  installed.driver = Driver;
  const node = Object.getOwnPropertyDescriptor(process.versions, "node");
  try {
    Object.defineProperty(process.versions, "node", { ...node, value: "22.13.0" });
    expect(() => loadDriver()).toThrow(expect.objectContaining({ code: "STORE_INCOMPATIBLE" }));
  } finally {
    Object.defineProperty(process.versions, "node", { ...node });
  }
});

it("a module that is missing is the driver only when it is the driver", () => {
  for (const code of ["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"]) {
    const of = (name: string): Error => asLoadError(Object.assign(missing(name), { code }), "here");
    expect(of("better-sqlite3")).toMatchObject({ code: "BACKEND_NOT_INSTALLED" });
    expect(of("bindings")).toMatchObject({ code: "STORE_IO" });
  }
});

it("whatever a driver throws is STORE_IO with the first line of it", () => {
  for (const thrown of [new Error("no GLIBC\nRequire stack:\n- a"), "no GLIBC\nat b", "no GLIBC"]) {
    const error = asLoadError(thrown, "here");
    expect(error).toMatchObject({ code: "STORE_IO", cause: thrown });
    expect(error.message).toContain("(no GLIBC)");
  }
});
