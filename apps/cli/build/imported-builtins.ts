/** What our packages are built with instead of imports of Node's modules: `tooling/bundle/plain-builtins.mjs`. */
const PLAIN = /^const (\w+|\{[^}]*\}) = process\.getBuiltinModule\(("node:[\w/]+")\);$/gm;

/** The code with those imports again, so that modules of this build can take their place. */
export function withImportedBuiltins(code: string): string {
  return code.replaceAll(PLAIN, (_, names: string, specifier: string) => {
    return `import ${names.replaceAll(": ", " as ")} from ${specifier};`;
  });
}
