import { InvalidInputError, type JsonObject, type SessionInit } from "@agent-sessions/core";
import { ForeignYaml } from "./foreign-yaml.js";
import { MalformedFileError } from "./malformed-file-error.js";
import { SourceFile } from "./source-file.js";
import { ioReason, systemCodeOf } from "./system-error.js";

/**
 * A new session at the first state of a flow, for `store.create`: its state is `{ flow, state, stack: [], params: {} }`, as flowr has it.
 * The id is yours to give, or the store's.
 *
 * @param filePath a flow definition of flowr: YAML with `flow` and a list of `states`, each with an `id`
 * @throws {InvalidInputError} INVALID_VALUE, with the file and the reason, when it is missing, not YAML, or has no states
 *
 * @example
 * ```ts
 * const { id } = await store.create({ id: "release 2.0", ...(await sessionFromFlow("flows/release.yaml")) });
 * ```
 *
 * @see https://github.com/nullhack/flowr `YamlSessionStore.init`
 */
export async function sessionFromFlow(
  filePath: string,
): Promise<Required<Pick<SessionInit, "title" | "metadata" | "state">>> {
  try {
    const { flow, state } = await firstState(filePath);
    return {
      title: "",
      metadata: { flow },
      state: { flow, state, stack: [], params: {} } satisfies JsonObject,
    };
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new InvalidInputError("INVALID_VALUE", `The flow ${filePath} ${reason}.`, {
      path: "flow",
      location: filePath,
      cause,
    });
  }
}

async function firstState(filePath: string): Promise<{ readonly flow: string; readonly state: string }> {
  const file = await SourceFile.at(filePath);
  if (!file.isRegular) throw new MalformedFileError("is not a file");
  const yaml = ForeignYaml.parse(await file.text());
  const members = yaml.topLevel();
  if (members === null) throw new MalformedFileError("is not a YAML mapping");
  const flow = members.has("flow") ? yaml.toJson(members.get("flow"), "key") : null;
  if (typeof flow !== "string" || flow === "") throw new MalformedFileError("has no flow that is a text");
  const states = members.has("states") ? yaml.items(members.get("states")) : null;
  const [first] = states ?? [];
  if (first === undefined) throw new MalformedFileError("has no states");
  const state = yaml.toJson(yaml.member(first, "id"), "key");
  if (typeof state !== "string" || state === "")
    throw new MalformedFileError("has a first state without an id");
  return { flow, state };
}

function reasonOf(error: unknown): string {
  if (error instanceof MalformedFileError) {
    return error.line === null ? error.message : `${error.message} (line ${error.line})`;
  }
  return systemCodeOf(error) === "ENOTDIR" ? "does not exist" : ioReason(error);
}
