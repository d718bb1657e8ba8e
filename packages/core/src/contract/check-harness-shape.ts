import { type ContractHarness, noHooks } from "./contract-harness.js";

const CAPABILITIES = ["durable", "multiProcess", "multiHost", "readOnlyMedia"] as const;

/**
 * Checks what a type checker would have: for harnesses written in JavaScript.
 *
 * @throws {TypeError} that names the first thing which is missing or wrong, and what belongs there
 */
export function checkHarnessShape(value: unknown): asserts value is ContractHarness {
  const harness = asObject(value, "the harness");
  check(
    typeof harness["name"] === "string" && harness["name"] !== "",
    "name",
    "the store's name for reports",
  );
  for (const method of ["create", "open", "teardown"]) {
    check(typeof harness[method] === "function", method, "a function; see ContractHarness");
  }
  const capabilities = asObject(harness["capabilities"], "capabilities");
  for (const name of CAPABILITIES) {
    check(typeof capabilities[name] === "boolean", `capabilities.${name}`, "true or false");
  }
  const { openInProcess } = harness;
  if (capabilities["multiProcess"] === true) {
    check(
      typeof openInProcess === "function",
      "openInProcess",
      "a function, as capabilities.multiProcess is true",
    );
  } else {
    check(
      isReason(openInProcess),
      "openInProcess",
      '{ impossible: "why" }, as capabilities.multiProcess is false',
    );
  }
  const hooks = asObject(harness["hooks"], "hooks");
  for (const name of Object.keys(noHooks(""))) {
    const isDeclared = typeof hooks[name] === "function" || isReason(hooks[name]);
    check(
      isDeclared,
      `hooks.${name}`,
      'a function, or { impossible: "why" }; noHooks("why") declares all of them',
    );
  }
}

function isReason(value: unknown): boolean {
  const reason = typeof value === "object" && value !== null ? Reflect.get(value, "impossible") : undefined;
  return typeof reason === "string" && reason !== "";
}

function asObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  check(typeof value === "object" && value !== null && !Array.isArray(value), name, "an object");
  return value as Readonly<Record<string, unknown>>;
}

function check(holds: boolean, name: string, what: string): asserts holds {
  if (!holds) throw new TypeError(`The contract harness is wrong: ${name} must be ${what}`);
}
