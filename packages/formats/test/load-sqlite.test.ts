import { describe, expect, it } from "vitest";
import { DriverMissingError, loadDriver } from "../src/load-sqlite.js";

/** A `require` in whose reach are `packages`. */
const requireOf = (packages: Readonly<Record<string, unknown>>): NodeJS.Require =>
  ((name: string): unknown => {
    if (name in packages) return packages[name];
    throw Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });
  }) as NodeJS.Require;

describe("loadDriver()", () => {
  it("says how to install a driver that is missing", () => {
    expect(() => loadDriver(requireOf({}))).toThrow(DriverMissingError);
    expect(() => loadDriver(requireOf({}))).toThrow("npm install better-sqlite3");
  });

  it("gives the driver that is there", () => {
    const driver = class {};
    expect(
      loadDriver(
        requireOf({ "better-sqlite3": driver, "better-sqlite3/package.json": { version: "12.11.1" } }),
      ),
    ).toBe(driver);
  });

  it("refuses a version that would end the process", () => {
    const driver = class {};
    const packages = requireOf({
      "better-sqlite3": driver,
      "better-sqlite3/package.json": { version: "13.0.1" },
    });
    expect(() => loadDriver(packages, "20.19.0")).toThrow("better-sqlite3@12");
    expect(loadDriver(packages, "22.14.0")).toBe(driver);
  });
});
