import { Argument } from "commander";
import type { Configure } from "../command-context.js";
import { SCRIPTS, SHELLS, type Shell } from "../completion/scripts.js";

export const configure: Configure = (command, contextOf) => {
  command
    .addArgument(new Argument("<shell>", "the shell that is to load it").choices([...SHELLS]))
    .addHelpText(
      "after",
      `
Completes commands, options, their values, and sessions.

Examples:
  source <(agent-sessions completion bash)     in ~/.bashrc
  source <(agent-sessions completion zsh)      in ~/.zshrc, after compinit
  agent-sessions completion fish | source      in ~/.config/fish/config.fish`,
    )
    .action(async (shell: Shell) => {
      const { output } = contextOf(command);
      if (output.isJson) await output.document({ shell, script: SCRIPTS[shell] });
      else await output.raw(SCRIPTS[shell]);
    });
};
