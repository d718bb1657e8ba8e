import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../src/commands.js";
import { Interrupt } from "../src/interrupt.js";
import { createProgram } from "../src/program.js";

const PAGE = fileURLToPath(new URL("../../../docs/cli.md", import.meta.url));
const INTRODUCTION = `# The command line

What \`agent-sessions --help\` and \`agent-sessions help COMMAND\` print. The [README](../apps/cli/README.md) begins with the idea.

<!-- Generated from the program: pnpm --filter agent-sessions help:docs -->
`;

function program(): Command {
  return createProgram(new Interrupt(), []);
}

function helpOf(command: Command, width = 110): string {
  const lines: string[] = [];
  command
    .configureOutput({ writeOut: (text) => void lines.push(text), getOutHelpWidth: () => width })
    .outputHelp();
  return lines.join("").trimEnd();
}

function block(help: string): string {
  return `\`\`\`text\n${help.replaceAll(/[ \t]+$/gm, "")}\n\`\`\`\n`;
}

describe("help", () => {
  it("is what docs/cli.md says of the program and of every command", async () => {
    const whole = program();
    const shown = COMMANDS.filter(({ isHidden }) => isHidden !== true);
    const sections = shown.map(({ name }) => {
      const command = whole.commands.find((one) => one.name() === name);
      return `## ${name}\n\n${command === undefined ? "" : block(helpOf(command))}`;
    });
    const page = [INTRODUCTION, block(helpOf(whole)), ...sections].join("\n");
    await expect(page).toMatchFileSnapshot(PAGE);
  });

  it("breaks no line in the middle of a word at 80 columns, and no example", () => {
    const whole = program();
    for (const command of [whole, ...whole.commands]) {
      const lines = helpOf(command, 80).split("\n");
      expect(lines.filter((line) => line.length > 80 && !line.startsWith("  agent-sessions "))).toEqual([]);
    }
    expect(helpOf(whole, 80)).toContain(
      `\n  agent-sessions create --title "Fix the login bug" --message "Why does login fail?"\n`,
    );
  });

  it.each(COMMANDS.filter(({ isHidden }) => isHidden !== true).map(({ name }) => name))(
    "of %s has an example, and says what each argument and option is",
    (name) => {
      const command = program().commands.find((one) => one.name() === name);
      expect(command === undefined ? "" : helpOf(command)).toMatch(
        /^Examples?:(?:\n.*)*\n {2}.*agent-sessions /m,
      );
      for (const option of command?.options ?? []) expect(option.description, option.flags).not.toBe("");
      for (const argument of command?.registeredArguments ?? []) expect(argument.description).not.toBe("");
    },
  );
});
