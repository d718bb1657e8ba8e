import { type AddHelpTextContext, type AddHelpTextPosition, Command } from "commander";

/** Where lines are broken when there is no terminal to ask; commander takes the same for its part of the help. */
const DEFAULT_WIDTH = 80;

/**
 * A command, and below it others, whose notes behind the help are broken at the terminal's width, as commander breaks only what it writes
 * itself. Examples, which are indented, stay as they are: they are there to be copied.
 */
export class CommandWithNotes extends Command {
  override createCommand(name?: string): Command {
    return new CommandWithNotes(name);
  }

  override addHelpText(
    position: AddHelpTextPosition,
    text: string | ((context: AddHelpTextContext) => string),
  ): this {
    return super.addHelpText(position, (context) =>
      this.#broken(typeof text === "string" ? text : text(context)),
    );
  }

  #broken(notes: string): string {
    const width = this.configureOutput().getOutHelpWidth?.() ?? DEFAULT_WIDTH;
    const help = this.createHelp();
    const paragraphs = notes.replaceAll(/(?<=\S)\n(?=\S)/g, " ").split("\n");
    return paragraphs.map((line) => (line.startsWith(" ") ? line : help.boxWrap(line, width))).join("\n");
  }
}
