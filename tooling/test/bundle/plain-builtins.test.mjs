import { describe, expect, test } from "vitest";
import { withPlainBuiltins } from "../../bundle/plain-builtins.mjs";

const IMPORTS = `import fs from "node:fs";
import {
  a,
  b as c
} from "node:fs/promises";
import { other } from "./chunk-X.js";
import yaml from "yaml";
const text = 'import os from "node:os";';
`;

describe("withPlainBuiltins()", () => {
  test("takes Node's modules, and no others, without importing them", () => {
    expect(withPlainBuiltins(IMPORTS)).toBe(`const fs = process.getBuiltinModule("node:fs");
const {
  a,
  b: c
} = process.getBuiltinModule("node:fs/promises");
import { other } from "./chunk-X.js";
import yaml from "yaml";
const text = 'import os from "node:os";';
`);
  });

  test("takes a module as a whole too", () => {
    expect(withPlainBuiltins('import * as url from "node:url";')).toBe(
      'const url = process.getBuiltinModule("node:url");',
    );
  });
});
