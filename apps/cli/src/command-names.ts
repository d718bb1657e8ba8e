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

/**
 * The options before a command that take a value, which is a word of its own.
 *
 * @internal For its test, which compares it with the program's own.
 */
export const GLOBAL_VALUES: readonly string[] = ["--store", "--namespace", "--config"];

/** The command that the arguments name: the first word that is neither an option nor an option's value; undefined where that is none. */
export function commandNamed(args: readonly string[]): CommandName | undefined {
  let at = 0;
  for (let word = args[at]; word?.startsWith("-") === true && word !== "--"; word = args[at])
    at += GLOBAL_VALUES.includes(word) ? 2 : 1;
  if (args[at] === "--") at++;
  return COMMAND_NAMES.find((name) => name === args[at]);
}
