import path from "node:path";
import type { Message, SessionInit, SessionStore } from "@agent-sessions/core";
import { openJsonSessionStore } from "@agent-sessions/json";
import { openSqliteSessionStore } from "@agent-sessions/sqlite";
import type { Cli } from "../run-cli.js";

/** Makes sessions in the store of `cli`, a `json:` or `sqlite:` URL in its folder, each a second newer than the one before it. */
export async function fillStore(cli: Cli, url: string, sessions: readonly SessionInit[]): Promise<void> {
  let now = Date.UTC(2026, 0, 31, 12);
  const clock = (): number => {
    now += 1000;
    return now;
  };
  await using store = await openAt(cli, url, clock);
  for (const session of sessions) await store.create(session);
}

async function openAt(cli: Cli, url: string, clock: () => number): Promise<SessionStore> {
  const place = path.join(cli.folder, url.slice(url.indexOf(":") + 1));
  const options = { path: place, durability: "relaxed", clock } as const;
  return url.startsWith("json:")
    ? await openJsonSessionStore(options)
    : await openSqliteSessionStore(options);
}

export function user(content: string): Message {
  return { role: "user", content };
}
