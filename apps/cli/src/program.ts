import type { Command } from "commander";
import manifest from "../package.json" with { type: "json" };
import { CommandContext } from "./command-context.js";
import { commandNamed } from "./command-names.js";
import { CommandWithNotes } from "./command-with-notes.js";
import { COMMANDS, type CommandRow } from "./commands.js";
import type { Interrupt } from "./interrupt.js";
import { standardError, standardOutput } from "./standard-stream.js";

/**
 * The program with all its commands, ready for `args`.
 *
 * @param onOutputError told when the help, or the version, cannot be written
 */
export function createProgram(
  interrupt: Interrupt,
  args: readonly string[],
  onOutputError: (error: Error) => void = () => undefined,
): Command {
  const program = new CommandWithNotes("agent-sessions")
    .description("Durable sessions for AI agents, in JSON, YAML or SQLite.")
    .version(manifest.version)
    .option("--store <url>", "the store, such as sqlite:./sessions.db, json:./sessions, yaml:./sessions")
    .option("--namespace <name>", "the tenant whose sessions are meant")
    .option("--config <file>", "read this config file instead of searching for one")
    .option("--json", "print JSON instead of text")
    .option("--debug", "with an error, show the chain of its causes")
    .configureHelp({ showGlobalOptions: true })
    // What commander would print is reported by main(), with a code and as JSON where asked.
    .configureOutput({
      outputError: () => undefined,
      writeOut: (text) =>
        standardOutput.write(text, (error) => {
          if (error) onOutputError(error);
        }),
      writeErr: (text) => standardError.write(text),
    })
    .exitOverride()
    .addHelpText("after", EXAMPLES);
  for (const row of rowsFor(args)) {
    const { name, summary } = row;
    const command = program
      .command(name, { hidden: row.isHidden === true })
      .summary(summary)
      .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`);
    row.configure(command, (used) => new CommandContext(used, interrupt));
  }
  return program;
}

/** The arguments, where a mistake in `help lst` is the mistake of `lst`: commander shows the help of everything, as though nothing were wrong. */
export function withoutHelpForNothing(program: Command, args: readonly string[]): readonly string[] {
  const [first, second] = program.parseOptions([...args]).operands;
  const isKnown = second === undefined || second === "help" || COMMANDS.some(({ name }) => name === second);
  return first === "help" && !isKnown ? [second] : args;
}

/** The command that is named, where it is; else, for the help and for what a mistake may have meant, all. */
function rowsFor(args: readonly string[]): readonly CommandRow[] {
  const command = commandNamed(args);
  const named = COMMANDS.find(({ name, isHidden }) => name === command && isHidden !== true);
  return named === undefined ? COMMANDS : [named];
}

const EXAMPLES = `
Examples:
  agent-sessions create --title "Fix the login bug" --message "Why does login fail?"
  agent-sessions list --label auth
  agent-sessions search refresh token
  agent-sessions --store json:./sessions import .port_sessions
  agent-sessions migrate --from json:./sessions --to sqlite:./sessions.db

Alone on a terminal, agent-sessions opens a list to type at: it finds, shows, pins, archives, forks, exports and deletes.

The store is named by --store, else AGENT_SESSIONS_STORE, else a config file
(agent-sessions.config.json or .yaml, .agent-sessionsrc, package.json), else it is an SQLite file in your data folder.

Exit codes: 0 done, 1 failure, 2 usage, 3 not found, 4 exists, conflict or locked, 5 corrupted.`;
