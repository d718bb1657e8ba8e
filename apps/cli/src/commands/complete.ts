import type { Configure } from "../command-context.js";
import { complete } from "../completion/complete.js";

/** What the scripts of `completion` call: prints what may stand at the cursor, a line each. */
export const configure: Configure = (command, contextOf) => {
  command
    .argument("[word...]", "the words of the command line, up to the cursor")
    .action(async (words: readonly string[]) => {
      const { parent: program } = command;
      if (program === null) return;
      await complete(program, words, contextOf(command));
    });
};
