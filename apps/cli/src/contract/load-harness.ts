import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { InvalidInputError } from "@agent-sessions/core";
import { type ContractHarness, checkHarness } from "@agent-sessions/core/contract";

/**
 * The harness that a module exports as `harness`, or by default.
 *
 * @param specifier a path or file URL, or what `import` takes in a module of the working folder
 * @throws {InvalidInputError} INVALID_OPTIONS when there is no such module, it cannot be loaded, or exports no usable harness
 */
export async function loadHarness(specifier: string): Promise<ContractHarness> {
  const file = findModule(specifier);
  const exported = await importModule(specifier, file);
  const harness = exported["harness"] ?? exported["default"];
  if (harness === undefined) {
    const names = Object.keys(exported);
    throw invalid(
      `The module ${specifier} exports no harness. Add: export const harness = { name, capabilities, create, open, … };`,
      new Error(names.length === 0 ? "It exports nothing." : `It exports ${names.join(", ")}.`),
    );
  }
  try {
    checkHarness(harness);
  } catch (cause) {
    throw invalid(
      `The harness that ${specifier} exports cannot be run. Mend it as said, or let a type checker find all of it: const harness: ContractHarness<Place>.`,
      cause,
    );
  }
  return harness;
}

/** Where the module lies. Something like `my-store/harness` may be a path or a package: a file that is there comes first. */
function findModule(specifier: string): string {
  const asPath = specifier.startsWith("file:") ? fileURLToPath(specifier) : path.resolve(specifier);
  if (existsSync(asPath)) return asPath;
  try {
    if (/^(?:\.{0,2}[/\\]|file:)/.test(specifier)) throw new Error(`There is no file ${asPath}.`);
    return createRequire(path.join(process.cwd(), "/")).resolve(specifier);
  } catch (cause) {
    throw invalid(
      `The module ${specifier} is not there. Name a JavaScript file, as in --module ./my-store.js, or an installed package.`,
      cause,
    );
  }
}

async function importModule(specifier: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw invalid(
      `The module ${specifier} cannot be loaded. Make sure that node runs it by itself: node ${specifier}`,
      cause,
    );
  }
}

function invalid(message: string, cause: unknown): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", message, { path: "--module", cause });
}
