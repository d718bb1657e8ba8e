import { type SessionFilter, type SessionStore, SessionStoreError } from "@agent-sessions/core";
import type { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { collect, eitherOr, metadata, time } from "./parse-value.js";

/** What commander makes of {@link addFilterOptions}. */
export type FilterOptions = {
  readonly label?: readonly string[];
  readonly meta?: readonly string[];
  readonly pinned?: boolean;
  readonly notPinned?: boolean;
  readonly archived?: boolean;
  readonly notArchived?: boolean;
  readonly parent?: string;
  readonly titleContains?: string;
  readonly idPrefix?: string;
  readonly updatedAfter?: string;
  readonly updatedBefore?: string;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
};

/** The filters that list and search share. */
export function addFilterOptions(command: Command): Command {
  return command
    .option("--label <label>", "only with this label; several: with all of them", collect)
    .option("--meta <key=value>", "only with this in the metadata; several: with all", collect)
    .option("--pinned", "only pinned ones")
    .option("--not-pinned", "no pinned ones")
    .option("--archived", "only archived ones")
    .option("--not-archived", "no archived ones")
    .option("--parent <session>", "only forks of this session")
    .option("--title-contains <text>", "only with this in the title, in any case")
    .option("--id-prefix <text>", "only ids that begin like this")
    .option("--updated-after <time>", "only changed after; without a zone, local time", time)
    .option("--updated-before <time>", "only changed before", time)
    .option("--created-after <time>", "only created after", time)
    .option("--created-before <time>", "only created before", time);
}

/** The filter that the options mean in this store. */
export async function filterOf(
  options: FilterOptions,
  store: SessionStore,
  context: CommandContext,
): Promise<SessionFilter> {
  return {
    labels: options.label,
    metadata: options.meta === undefined ? undefined : metadata(options.meta),
    pinned: eitherOr(options, "pinned", "notPinned"),
    archived: eitherOr(options, "archived", "notArchived"),
    parentId: options.parent === undefined ? undefined : await parentOf(options.parent, store, context),
    titleContains: options.titleContains,
    idPrefix: options.idPrefix,
    updatedAfter: options.updatedAfter,
    updatedBefore: options.updatedBefore,
    createdAfter: options.createdAfter,
    createdBefore: options.createdBefore,
  };
}

/** A parent that was deleted is still named by its forks, and so by its whole id. */
async function parentOf(reference: string, store: SessionStore, context: CommandContext): Promise<string> {
  try {
    return await context.resolveSession(store, reference);
  } catch (error) {
    if (SessionStoreError.is(error, "SESSION_NOT_FOUND")) return reference;
    throw error;
  }
}
