import { InvalidInputError } from "./errors.js";
import { checkLabels } from "./head-fields.js";
import type { SessionSummary } from "./session.js";
import { checkKnownKeys, wholeNumber } from "./store-options.js";

/** Which sessions may go: those to which every rule that is given applies. At least one has to be given. */
export interface PrunePolicy {
  /** Last changed (`updatedAt`) longer ago than so many milliseconds. */
  readonly olderThanMs?: number | undefined;
  /** Not among the newest so many, by `updatedAt`, of those to which `archived` and `labels` apply. */
  readonly keepNewest?: number | undefined;
  /** Archived. */
  readonly archived?: true | undefined;
  /** With all of these labels. */
  readonly labels?: readonly string[] | undefined;
  /** Pinned sessions may go too, and count among the newest. @default false */
  readonly includePinned?: boolean | undefined;
}

/** One rule of a policy that applies to a session. */
export type PruneReason = "older-than" | "beyond-newest" | "archived" | "labels";

/** A policy, checked, at one moment. */
export interface CheckedPolicy {
  /** Sessions changed at this time or later stay; ISO 8601. Null: age does not matter. */
  readonly updatedBefore: string | null;
  readonly keepNewest: number;
  readonly archived: true | undefined;
  readonly labels: readonly string[] | undefined;
  readonly includePinned: boolean;
  /** The rules that are given: they apply to every session that goes. */
  readonly reasons: readonly PruneReason[];
}

const RULES = ["olderThanMs", "keepNewest", "archived", "labels", "includePinned"];
/** The years 0 to 9999, in milliseconds, which is as far as times go. */
const MAX_AGE_MS = 315_569_520_000_000;
/** The end of the year 9999, in milliseconds since 1970. */
export const MAX_TIME_MS = 253_402_300_799_999;

/**
 * @param now milliseconds since 1970
 * @throws {InvalidInputError} INVALID_OPTIONS for a rule that does not fit, and for a policy without any: it would mean every session
 */
export function checkPolicy(policy: unknown, now: number): CheckedPolicy {
  checkKnownKeys(policy, RULES, "INVALID_OPTIONS", "the policy", "policy");
  const { olderThanMs, keepNewest, archived, labels, includePinned = false } = policy;
  if (archived !== undefined && archived !== true) throw invalid("archived", "can only be true");
  if (typeof includePinned !== "boolean") throw invalid("includePinned", "must be true or false");
  const age = optional(olderThanMs, (value) =>
    wholeNumber({ min: 0, max: MAX_AGE_MS })(value, "olderThanMs"),
  );
  const newest = optional(keepNewest, (value) =>
    wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER })(value, "keepNewest"),
  );
  const reasons: PruneReason[] = [
    ...(age === undefined ? [] : ["older-than" as const]),
    ...(newest === undefined ? [] : ["beyond-newest" as const]),
    ...(archived === undefined ? [] : ["archived" as const]),
    ...(labels === undefined ? [] : ["labels" as const]),
  ];
  const checkedLabels = optional(labels, checkLabels);
  if (checkedLabels?.length === 0) throw invalid("labels", "must name at least one label");
  if (reasons.length === 0) {
    const problem =
      "The policy has no rule, and would mean every session. Give an age, a number to keep, archived or labels.";
    throw new InvalidInputError("INVALID_OPTIONS", problem, { path: "policy" });
  }
  return {
    updatedBefore: age === undefined ? null : new Date(Math.max(0, now - age)).toISOString(),
    keepNewest: newest ?? 0,
    archived,
    labels: checkedLabels,
    includePinned,
    reasons,
  };
}

/** What a policy does with a session that has `archived` and `labels` as it says; asked newest first. */
export class PolicyCount {
  readonly #policy: CheckedPolicy;
  #newer = 0;

  constructor(policy: CheckedPolicy) {
    this.#policy = policy;
  }

  judge({ pinned, updatedAt }: SessionSummary): "goes" | "stays" | "pinned" {
    const { updatedBefore, keepNewest, includePinned } = this.#policy;
    const isPinned = pinned && !includePinned;
    const isBeyond = this.#newer >= keepNewest;
    if (!isPinned) this.#newer++;
    if (!isBeyond || (updatedBefore !== null && updatedAt >= updatedBefore)) return "stays";
    return isPinned ? "pinned" : "goes";
  }
}

function optional<T>(value: unknown, check: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : check(value);
}

function invalid(rule: string, problem: string): InvalidInputError {
  return new InvalidInputError("INVALID_OPTIONS", `The rule ${rule} ${problem}.`, { path: rule });
}
