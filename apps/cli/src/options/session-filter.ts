import type { SessionFilter } from "@agent-sessions/core";
import type { Command } from "commander";
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
    .option("--parent <id>", "only forks of this session")
    .option("--title-contains <text>", "only with this in the title, in any case")
    .option("--id-prefix <text>", "only ids that begin like this")
    .option("--updated-after <time>", "only changed after", time)
    .option("--updated-before <time>", "only changed before", time)
    .option("--created-after <time>", "only created after", time)
    .option("--created-before <time>", "only created before", time);
}

export function filterOf(options: FilterOptions): SessionFilter {
  return {
    labels: options.label,
    metadata: options.meta === undefined ? undefined : metadata(options.meta),
    pinned: eitherOr(options, "pinned", "notPinned"),
    archived: eitherOr(options, "archived", "notArchived"),
    parentId: options.parent,
    titleContains: options.titleContains,
    idPrefix: options.idPrefix,
    updatedAfter: options.updatedAfter,
    updatedBefore: options.updatedBefore,
    createdAfter: options.createdAfter,
    createdBefore: options.createdBefore,
  };
}
