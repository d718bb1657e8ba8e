import { once } from "node:events";
import type { SessionStore } from "@agent-sessions/core";
import type { CommandContext } from "../command-context.js";
import { EXIT } from "../exit-code.js";
import { page, pagerCommand } from "../pager.js";
import { sessionText } from "../session-text.js";
import { Picker } from "./picker.js";
import { TerminalScreen } from "./terminal-screen.js";

/** Opens the picker on the store that the settings name. */
export async function browse(context: CommandContext): Promise<void> {
  const { stdin, stdout } = process;
  const screen = new TerminalScreen(stdin, stdout);
  await context.withStore(async (store) => {
    const picker = new Picker({
      store,
      input: stdin,
      screen,
      colors: context.output.colors,
      signal: context.signal,
      show: async (id) => await show(store, id, context),
      // With nothing under way there is nothing to say.
      onInterrupt: () => {
        process.exitCode = EXIT.interrupted;
      },
    });
    await picker.run();
  });
}

async function show(store: SessionStore, id: string, context: CommandContext): Promise<void> {
  const { output } = context;
  await page(() => sessionText(store, id, { colors: output.colors }), {
    env: process.env,
    columns: output.width ?? 80,
    rows: output.height ?? 24,
    isWholeScreen: true,
    whileAway: async (body) => await context.whileAway(body),
    write: async (text) => await output.raw(text),
  });
  // Without a pager the text would be gone before it is read.
  if (pagerCommand(process.env, process.platform) === null) {
    await output.raw("\nPress Enter to go back.");
    await nextLine(process.stdin, context.signal);
  }
}

async function nextLine(input: NodeJS.ReadStream, signal: AbortSignal): Promise<void> {
  input.resume();
  try {
    await once(input, "data", { signal });
  } finally {
    input.pause();
  }
}
