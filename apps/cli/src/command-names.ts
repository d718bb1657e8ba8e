/** Every command, in the order of the help. */
export const COMMAND_NAMES = [
  "init",
  "create",
  "append",
  "show",
  "list",
  "search",
  "update",
  "fork",
  "tree",
  "truncate",
  "delete",
  "import",
  "export",
  "migrate",
  "prune",
  "verify",
  "repair",
  "backup",
  "stats",
  "contract",
  "config",
  "completion",
  "demo",
  "__complete",
] as const;

export type CommandName = (typeof COMMAND_NAMES)[number];
