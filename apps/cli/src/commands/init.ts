import path from "node:path";
import { Option } from "commander";
import type { Configure } from "../command-context.js";
import { fromHome } from "../data-folder.js";
import { EXIT } from "../exit-code.js";
import { storeUrl } from "../store-url.js";
import { oneLine } from "../terminal-text.js";
import type { InitAnswers } from "../write-config.js";

type Options = { readonly backend?: InitAnswers["backend"]; readonly path?: string };

export const configure: Configure = (command, contextOf) => {
  command
    .addOption(new Option("--backend <name>", "how sessions are kept").choices(["sqlite", "json", "yaml"]))
    .option(
      "--path <path>",
      "where: a file for sqlite, a folder for json and yaml (default: sessions.db, sessions)",
    )
    .addHelpText(
      "after",
      `
Writes agent-sessions.config.json into this folder; nothing is overwritten. What is not said is asked for where there is a
terminal; elsewhere --backend is needed. The store itself is made by the first write to it.

Examples:
  agent-sessions init
  agent-sessions init --backend sqlite --path ./sessions.db
  agent-sessions init --backend yaml --path ./sessions --namespace team-a`,
    )
    .action(async (options: Options) => {
      const context = contextOf(command);
      const { output, globals, signal } = context;
      context.refuseOption("store", "init is what names a store: use --backend and --path");
      const { askWhere, refuseConfigured, writeConfig } = await import("../write-config.js");
      refuseConfigured(process.cwd());
      const answers = await askWhere(options, signal);
      if (answers === null) {
        process.exitCode = EXIT.interrupted;
        return await output.note("Nothing was written.");
      }
      // Opening creates nothing, and says now what would fail at the first write.
      const url = storeUrl(answers.backend, path.resolve(fromHome(answers.path)));
      await context.withStoreAt(
        url,
        { namespace: globals.namespace },
        async (store) => await store.list({ limit: 1 }),
      );
      const written = await writeConfig(process.cwd(), { ...answers, namespace: globals.namespace });
      if (output.isJson) return await output.document(written);
      await output.text(`${oneLine(written.path)} names ${oneLine(written.store)}.`);
      await output.note('Next: agent-sessions create --title "…" or agent-sessions import PATH.');
    });
};
