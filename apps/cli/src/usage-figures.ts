import type { SessionFilter, SessionStore, SessionSummary } from "@agent-sessions/core";

/** What the sessions of one day, label or model come to. */
export interface UsageRow {
  readonly name: string;
  readonly sessions: number;
  readonly messages: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface UsageFigures {
  readonly sessions: number;
  readonly messages: number;
  /** By the day of the last change, in UTC, the newest first; only days with a session. */
  readonly days: readonly UsageRow[];
  /** A session counts under each of its labels. The most tokens first, then the most messages. */
  readonly labels: readonly UsageRow[];
  /** By `metadata.model`. */
  readonly models: readonly UsageRow[];
  /** The sum of every usage counter. */
  readonly counters: Readonly<Record<string, number>>;
}

type Tally = Map<string, UsageRow>;

/** Adds up the summaries of the sessions that pass the filter; no transcript is read. */
export async function usageFiguresOf(store: SessionStore, filter: SessionFilter): Promise<UsageFigures> {
  const [days, labels, models]: readonly [Tally, Tally, Tally] = [new Map(), new Map(), new Map()];
  const counters = new Map<string, number>();
  let [sessions, messages] = [0, 0];
  for await (const session of summaries(store, filter)) {
    sessions++;
    messages += session.messageCount;
    add(days, session.updatedAt.slice(0, 10), session);
    for (const label of session.labels) add(labels, label, session);
    const { model } = session.metadata;
    if (typeof model === "string" && model !== "") add(models, model, session);
    for (const [name, total] of Object.entries(session.usage))
      counters.set(name, (counters.get(name) ?? 0) + total);
  }
  return {
    sessions,
    messages,
    days: [...days.values()].sort((a, b) => (a.name < b.name ? 1 : -1)),
    labels: [...labels.values()].sort(byWeight),
    models: [...models.values()].sort(byWeight),
    counters: Object.fromEntries(counters),
  };
}

/** Every session that passes the filter, a page at a time, by id: by the time of its last change, one that is written to meanwhile could be missed. */
export async function* summaries(store: SessionStore, filter: SessionFilter): AsyncGenerator<SessionSummary> {
  for (let cursor: string | undefined; ; ) {
    const page = await store.list({ ...filter, orderBy: "id", limit: 500, cursor });
    yield* page.sessions;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}

function add(tally: Tally, name: string, { messageCount, usage }: SessionSummary): void {
  const row = tally.get(name) ?? { name, sessions: 0, messages: 0, inputTokens: 0, outputTokens: 0 };
  tally.set(name, {
    name,
    sessions: row.sessions + 1,
    messages: row.messages + messageCount,
    inputTokens: row.inputTokens + usage.inputTokens,
    outputTokens: row.outputTokens + usage.outputTokens,
  });
}

function byWeight(a: UsageRow, b: UsageRow): number {
  return tokensOf(b) - tokensOf(a) || b.messages - a.messages || (a.name < b.name ? -1 : 1);
}

export function tokensOf({ inputTokens, outputTokens }: UsageRow): number {
  return inputTokens + outputTokens;
}
