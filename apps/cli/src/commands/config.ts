import type { Configure } from "../command-context.js";
import { isSecret, withoutPassword } from "../store-url.js";
import { oneLine } from "../terminal-text.js";

export const configure: Configure = (command, contextOf) => {
  command
    .addHelpText(
      "after",
      `
Examples:
  agent-sessions config
  agent-sessions --config ./team.json config --json`,
    )
    .action(async () => {
      const context = contextOf(command);
      const { output } = context;
      const settings = await context.settings();
      const store = {
        ...settings.store,
        value: withoutPassword(settings.store.value),
        options: Object.fromEntries(
          Object.entries(settings.storeOptions).map(([name, value]) => [
            name,
            isSecret(name) ? "***" : value,
          ]),
        ),
      };
      if (output.isJson) {
        await output.document({ store, namespace: settings.namespace, configFile: settings.configFile });
        return;
      }
      const { dim } = output.colors;
      const options =
        Object.keys(store.options).length === 0 ? "" : ` ${oneLine(JSON.stringify(store.options))}`;
      await output.text(`store      ${oneLine(store.value)}${options}  ${dim(`(${oneLine(store.source)})`)}`);
      await output.text(
        `namespace  ${oneLine(JSON.stringify(settings.namespace.value))}  ${dim(`(${oneLine(settings.namespace.source)})`)}`,
      );
    });
};
