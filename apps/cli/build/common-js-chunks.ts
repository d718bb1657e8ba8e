import { transform } from "esbuild";
import type { Options } from "tsup";
import ts from "typescript";

const MODULE_URL = 'const __moduleUrl = () => require("node:url").pathToFileURL(__filename).href;';

/** What a module asks for by its URL, and CommonJS has at hand. */
const OWN_REQUIRE = /\(0, \w+\.createRequire\)\(__moduleUrl\)/g;
const OWN_FILE = /\(0, \w+\.fileURLToPath\)\(__moduleUrl\)/g;

/** What esbuild writes for a default import of one of Node's modules. */
const WITH_DEFAULT = /^var (import_\w+) = __toESM\((require\("node:[^"]+"\))(?:, 1)?\);$/gm;

const PLAIN_BUILTIN = /^var (import_\w+) = require\("node:[^"]+"\);\n/gm;

/** What esbuild writes to give a chunk's names: an object, a getter for each name, and a copy of all that. */
const EXPORTS =
  /^var (\w+) = \{\};\n__export\(\1, \{\n((?: {2}\w+: \(\) => [\w.]+,?\n)*)\}\);\nmodule\.exports = __toCommonJS\(\1\);$/m;
const EXPORTED = /^ {2}(\w+): \(\) => ([\w.]+),?$/gm;

/** A chunk that is a CommonJS package, imported as a whole: all that esbuild gives of it is the default export. */
const COMMON_JS_PACKAGE = /^var (\w+) = require_\w+\(\);\s*export \{\s*\1 as default\s*\};\s*$/m;

/** Of the file that is started. */
const HASHBANG = /^#!.*\n/;

/** Of a harness, a config module or a backend of the user's, all of them by a URL or a package's name. */
const OTHER_IMPORT = /(?<![\w.$])import\(/g;

/**
 * Writes the chunks as CommonJS, which Node starts quicker than modules. Chunks load each other with `require`; other dynamic imports stay
 * what they are, for they may lead to modules, but are done by a file whose compiled code is not kept.
 */
export function commonJsChunks(): NonNullable<Options["plugins"]>[number] {
  return {
    name: "common-js-chunks",
    async renderChunk(text) {
      const [hashbang = ""] = HASHBANG.exec(text) ?? [];
      const code = text.slice(hashbang.length);
      const required = code
        .replaceAll(/\bimport\(("\.\/[^"]+\.cjs")\)/g, "Promise.resolve().then(() => require($1))")
        .replaceAll(OTHER_IMPORT, 'require("./import-module.cjs")(');
      const result = await transform(importedOnce(required), {
        format: "cjs",
        platform: "node",
        target: "node20",
        define: { "import.meta.url": "__moduleUrl" },
      });
      const written = withoutUnused(withPlainBuiltins(withPlainExports(withOwnUrl(result.code))));
      return { code: assertAscii(`${hashbang}${written}${namedExportsOf(code)}`) };
    },
  };
}

/** Puts all imports of one module into one: esbuild writes one for each module of a chunk. */
function importedOnce(code: string): string {
  const file = ts.createSourceFile("chunk.js", code, ts.ScriptTarget.ESNext, false, ts.ScriptKind.JS);
  const names = new Map<string, string[]>();
  const rest: string[] = [];
  let at = 0;
  for (const statement of file.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const { importClause, moduleSpecifier } = statement;
    const { namedBindings } = importClause ?? {};
    if (namedBindings !== undefined && ts.isNamespaceImport(namedBindings)) continue;
    const specifier = moduleSpecifier.getText(file);
    names.set(specifier, [
      ...(names.get(specifier) ?? []),
      ...importedNames(importClause, namedBindings, file),
    ]);
    rest.push(code.slice(at, statement.getStart(file)));
    at = statement.end;
  }
  rest.push(code.slice(at));
  const imports = [...names].map(([specifier, all]) => `import { ${all.join(", ")} } from ${specifier};\n`);
  return `${imports.join("")}${rest.join("")}`;
}

/** What stands between the braces of an import, the default among it. */
function importedNames(
  clause: ts.ImportClause | undefined,
  bindings: ts.NamedImports | undefined,
  file: ts.SourceFile,
): readonly string[] {
  const named = bindings?.elements.map((element) => element.getText(file)) ?? [];
  return clause?.name === undefined ? named : [`default as ${clause.name.text}`, ...named];
}

/** Gives a chunk's names by one object with getters. */
function withPlainExports(code: string): string {
  return code.replace(EXPORTS, (_all, _name, list: string) => {
    return `module.exports = {\n${list.replaceAll(EXPORTED, "  get $1() { return $2; },")}};`;
  });
}

/** Requires Node's own modules as they are, which have themselves for their default; esbuild would copy all their names for it. */
function withPlainBuiltins(code: string): string {
  const names = new Set<string>();
  const required = code.replaceAll(WITH_DEFAULT, (_, name: string, call: string) => {
    names.add(name);
    return `var ${name} = ${call};`;
  });
  return required.replaceAll(/\b(import_\w+)\.default\b/g, (all, name: string) =>
    names.has(name) ? name : all,
  );
}

/** Of Node's modules, what only one of the replaced calls was taken from. */
function withoutUnused(code: string): string {
  return code.replaceAll(PLAIN_BUILTIN, (line, name: string) =>
    code.indexOf(name) === code.lastIndexOf(name) ? "" : line,
  );
}

/** The program reads its chunks byte by byte as characters. */
function assertAscii(code: string): string {
  const [found] = /[^\0-\x7f]/.exec(code) ?? [];
  if (found !== undefined) throw new Error(`A chunk holds ${JSON.stringify(found)}, which is not ASCII.`);
  return code;
}

/** What Node's own `import()` of a CommonJS package gives: its members by name, beside the default export. */
function namedExportsOf(code: string): string {
  const [, whole] = COMMON_JS_PACKAGE.exec(code) ?? [];
  return whole === undefined ? "" : `module.exports = { ...${whole}, default: ${whole} };\n`;
}

/** To make a URL of a path takes as long as to run many a chunk: so it is made only where nothing else will do. */
function withOwnUrl(code: string): string {
  const rest = code.replaceAll(OWN_REQUIRE, "require").replaceAll(OWN_FILE, "__filename");
  const called = rest.replaceAll(/\b__moduleUrl\b/g, "__moduleUrl()");
  return called === rest ? rest : `${MODULE_URL}\n${called}`;
}
