import type { Configure } from "./command-context.js";
import type { CommandName } from "./command-names.js";
import { configure as append } from "./commands/append.js";
import { configure as backup } from "./commands/backup.js";
import { configure as complete } from "./commands/complete.js";
import { configure as completion } from "./commands/completion.js";
import { configure as config } from "./commands/config.js";
import { configure as contract } from "./commands/contract.js";
import { configure as create } from "./commands/create.js";
import { configure as remove } from "./commands/delete.js";
import { configure as demo } from "./commands/demo.js";
import { configure as exportSessions } from "./commands/export.js";
import { configure as fork } from "./commands/fork.js";
import { configure as importSessions } from "./commands/import.js";
import { configure as init } from "./commands/init.js";
import { configure as list } from "./commands/list.js";
import { configure as migrate } from "./commands/migrate.js";
import { configure as prune } from "./commands/prune.js";
import { configure as repair } from "./commands/repair.js";
import { configure as search } from "./commands/search.js";
import { configure as show } from "./commands/show.js";
import { configure as stats } from "./commands/stats.js";
import { configure as tree } from "./commands/tree.js";
import { configure as truncate } from "./commands/truncate.js";
import { configure as update } from "./commands/update.js";
import { configure as verify } from "./commands/verify.js";

export interface CommandRow {
  readonly name: CommandName;
  readonly summary: string;
  /** For scripts of our own. */
  readonly isHidden?: boolean;
  /** What only this command needs and is not small, it imports in its action: starting must stay quick, and a file more to read is slower than a few lines. */
  readonly configure: Configure;
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandRow[] = [
  { name: "init", summary: "write a config file that names the store of this folder", configure: init },
  { name: "create", summary: "create a session and print its id", configure: create },
  { name: "append", summary: "add messages to a session", configure: append },
  { name: "show", summary: "print a session and its messages", configure: show },
  { name: "list", summary: "list sessions, newest first", configure: list },
  { name: "search", summary: "find messages and titles by words", configure: search },
  { name: "update", summary: "change title, labels, metadata, state, pin or archive", configure: update },
  { name: "fork", summary: "copy a session, or its beginning, into a new one", configure: fork },
  { name: "tree", summary: "draw which session was forked from which", configure: tree },
  { name: "truncate", summary: "drop the last messages of a session", configure: truncate },
  { name: "delete", summary: "delete a session", configure: remove },
  {
    name: "import",
    summary: "read sessions of other tools, or an archive, into the store",
    configure: importSessions,
  },
  {
    name: "export",
    summary: "write sessions as an archive, as pages, or as files of another tool",
    configure: exportSessions,
  },
  { name: "migrate", summary: "copy every session from one store to another, verified", configure: migrate },
  { name: "prune", summary: "say which sessions are old or done with, and delete them", configure: prune },
  { name: "verify", summary: "check the whole store for faults", configure: verify },
  { name: "repair", summary: "mend what verify finds, and keep what has to be taken out", configure: repair },
  { name: "backup", summary: "copy the whole store while others use it", configure: backup },
  {
    name: "stats",
    summary: "count sessions, messages, tokens and the space that they take",
    configure: stats,
  },
  { name: "contract", summary: "run the contract suite on a store of your own", configure: contract },
  { name: "config", summary: "print each setting and where it comes from", configure: config },
  {
    name: "completion",
    summary: "print what a shell loads to complete commands and sessions",
    configure: completion,
  },
  { name: "demo", summary: "run everything on three backends, and check every answer", configure: demo },
  { name: "__complete", summary: "say what may stand at the cursor", configure: complete, isHidden: true },
];
