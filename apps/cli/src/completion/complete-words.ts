import type { Command, Option } from "commander";

/** What may stand at the cursor, and what it means. */
export interface Completion {
  readonly value: string;
  readonly meaning: string;
}

export interface CompletionSources {
  /** Sessions whose ids begin like this. `globals` is what the command line says so far. */
  readonly sessions: (
    prefix: string,
    globals: Readonly<Record<string, string>>,
  ) => Promise<readonly Completion[]>;
  /** What a command's `--format` takes. */
  readonly formats: (command: string) => Promise<readonly string[]>;
}

/**
 * The completions of the last of `words`, which may be empty. Nothing at all where only a path or a text can stand: the shell then
 * offers file names.
 */
export async function completeWords(
  program: Command,
  words: readonly string[],
  sources: CompletionSources,
): Promise<readonly Completion[]> {
  const before = words.slice(0, -1).flatMap(splitOption);
  const [typed, value] = splitOption(words.at(-1) ?? "");
  if (value !== undefined) return await completeValue(program, [...before, typed], value, sources);
  const command = commandOf(program, before);
  const options = [...(command ?? program).options, ...(command === null ? [] : program.options)];
  const pending = pendingOption(options, before.at(-1));
  const sessions = async (): Promise<readonly Completion[]> =>
    await sources.sessions(typed, globalsIn(program, before));
  if (pending?.flags.endsWith("<session>") === true) return await sessions();
  if (pending?.long === "--format")
    return starting(choicesOf(await sources.formats(command?.name() ?? "")), typed);
  if (pending !== undefined) return starting(choicesOf(pending.argChoices), typed);
  if (before.includes("--")) return [];
  if (typed.startsWith("-")) return starting(options.flatMap(flagsOf), typed);
  if (command === null) return starting(program.commands.filter(isShown).map(nameOf), typed);
  const argument = argumentAt(command, operandsOf(options, before.slice(before.indexOf(command.name()) + 1)));
  if (argument?.argChoices !== undefined) return starting(choicesOf(argument.argChoices), typed);
  return argument?.name() === "session" ? await sessions() : [];
}

/** The values that may follow `--option=`, with the option in front, as the shell has them in one word. */
async function completeValue(
  program: Command,
  before: readonly string[],
  typed: string,
  sources: CompletionSources,
): Promise<readonly Completion[]> {
  const values = await completeWords(program, [...before, typed], sources);
  return values.map(({ value, meaning }) => ({ value: `${before.at(-1)}=${value}`, meaning }));
}

/** `--store=json:./s` in the two words that it is short for. */
function splitOption(word: string): readonly [string] | readonly [string, string] {
  const [, option, value = ""] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
  return option === undefined ? [word] : [option, value];
}

function commandOf(program: Command, words: readonly string[]): Command | null {
  const [name] = operandsOf(program.options, words);
  return program.commands.find((command) => command.name() === name) ?? null;
}

/** The words that are neither options nor their values. */
function operandsOf(options: readonly Option[], words: readonly string[]): readonly string[] {
  return words.filter(
    (word, at) =>
      !word.startsWith("-") && pendingOption(options, at === 0 ? undefined : words[at - 1]) === undefined,
  );
}

/** The option that waits for its value behind this word. */
function pendingOption(options: readonly Option[], word: string | undefined): Option | undefined {
  return options.find(
    (option) => word !== undefined && word === option.long && (option.required || option.optional),
  );
}

function argumentAt(
  command: Command,
  operands: readonly string[],
): Command["registeredArguments"][number] | undefined {
  const last = command.registeredArguments.at(-1);
  return command.registeredArguments[operands.length] ?? (last?.variadic === true ? last : undefined);
}

/** The program's own options with their values: they decide which store is asked. */
function globalsIn(program: Command, words: readonly string[]): Readonly<Record<string, string>> {
  const globals: Record<string, string> = {};
  for (const [at, word] of words.entries()) {
    const option = pendingOption(program.options, word);
    const value = words[at + 1];
    if (option !== undefined && value !== undefined) globals[option.attributeName()] = value;
  }
  return globals;
}

function starting(completions: readonly Completion[], typed: string): readonly Completion[] {
  return completions.filter(({ value }) => value.startsWith(typed));
}

function choicesOf(choices: readonly string[] | undefined): readonly Completion[] {
  return (choices ?? []).map((value) => ({ value, meaning: "" }));
}

function flagsOf({ long, description }: Option): readonly Completion[] {
  return typeof long === "string" ? [{ value: long, meaning: description }] : [];
}

function isShown(command: Command): boolean {
  return !command.name().startsWith("__");
}

function nameOf(command: Command): Completion {
  return { value: command.name(), meaning: command.summary() };
}
