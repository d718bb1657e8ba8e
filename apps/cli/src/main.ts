import { InvalidInputError } from "@agent-sessions/core";
import { type Command, CommanderError } from "commander";
import { CommandContext } from "./command-context.js";
import { commandNamed } from "./command-names.js";
import { EXIT, exitCodeOf } from "./exit-code.js";
import { Interrupt } from "./interrupt.js";
import { isClosedPipe } from "./output.js";
import { createProgram, withoutHelpForNothing } from "./program.js";
import { reportError } from "./report-error.js";
import { standardError, standardOutput } from "./standard-stream.js";

/** Of the commands that take texts. */
const EXAMPLES_OF_TEXT: Readonly<Record<string, string>> = {
  append: 'agent-sessions append ID -- "- a text"',
  search: "agent-sessions search -- --all",
};

const interrupt = new Interrupt();
interrupt.listen(() => {
  process.exit(sayInterrupted());
});

const args = process.argv.slice(2);
void run().then(endWithoutTakingDown);

async function run(): Promise<void> {
  try {
    const program = createProgram(interrupt, args, (error) => {
      // A help is written in parts, and each may fail.
      process.exitCode ||= finish(error);
    });
    if (standardOutput.isTTY === true && namesNothing(program) && process.stdin.isTTY) {
      const { browse } = await import("./interactive/browse.js");
      await browse(new CommandContext(program, interrupt));
    } else await program.parseAsync(withoutHelpForNothing(program, args), { from: "user" });
    if (interrupt.hasCome) process.exitCode = EXIT.interrupted;
  } catch (error) {
    process.exitCode = finish(error);
  }
}

/**
 * Ends at once when everything is written. Node would take apart all that it has put together, which takes a tenth of the time that it needs
 * to start; the system frees it as well.
 */
function endWithoutTakingDown(): void {
  if (standardOutput.isIdle && standardError.isIdle) process.exit();
}

/** Whether the command line says at most which store is meant. */
function namesNothing(program: Command): boolean {
  // Any other argument names a command, or is a mistake that is told.
  if (args.includes("--json")) return false;
  const { operands, unknown } = program.parseOptions([...args]);
  return operands.length === 0 && unknown.length === 0;
}

function sayInterrupted(): number {
  const message = "Interrupted; no session is half-written.";
  const told = isGiven("--json")
    ? JSON.stringify({ name: "Interrupted", code: "INTERRUPTED", message })
    : message;
  standardError.write(`${told}\n`);
  return EXIT.interrupted;
}

/** What stands behind "--" is data, whatever it looks like. */
function isGiven(flag: string): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).includes(flag);
}

function finish(error: unknown): number {
  if (interrupt.hasCome) return sayInterrupted();
  if (isClosedPipe(error)) return EXIT.done;
  // Zero behind a help, or a version, that was written; else what was told of it.
  if (error instanceof CommanderError && error.exitCode === 0) return Number(process.exitCode ?? EXIT.done);
  const reported = error instanceof CommanderError ? usageError(error) : error;
  // Commander shows the help itself when no command was named.
  if (!(error instanceof CommanderError && error.code === "commander.help")) {
    reportError(reported, {
      json: isGiven("--json"),
      debug: isGiven("--debug"),
      stderr: standardError,
      env: process.env,
    });
  }
  return exitCodeOf(reported);
}

function seeHelp({ code }: CommanderError): string {
  const command = commandNamed(args);
  const help = `See agent-sessions ${command === undefined ? "" : `${command} `}--help.`;
  const example = EXAMPLES_OF_TEXT[command ?? ""];
  return code === "commander.unknownOption" && example !== undefined
    ? `A text that begins with a dash goes behind --, such as ${example}. ${help}`
    : help;
}

function usageError(error: CommanderError): InvalidInputError {
  const [problem = "", ...suggestion] = error.message.replace(/^error: /, "").split("\n");
  // Commander puts "Did you mean …?" into brackets, on a line of its own.
  const remedy = suggestion.join(" ").replace(/^\((.*)\)$/, "$1") || seeHelp(error);
  // What a parser of ours has said of a value is a sentence already.
  const sentence = problem.endsWith(".") ? problem : `${problem}.`;
  return new InvalidInputError(
    "INVALID_OPTIONS",
    `The command line is not understood: ${sentence} ${remedy}`,
    {
      path: "command line",
    },
  );
}
