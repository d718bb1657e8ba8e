import type { Finding } from "@agent-sessions/core";
import type { SessionKey } from "@agent-sessions/core/backend";
import { CHECKED_AT_ONCE, checkEntries, checkHead, finding } from "./check-session.js";
import type { OpenDatabase } from "./database-handle.js";
import { nextTurn } from "./next-turn.js";
import { indexReach } from "./search-renewal.js";
import { findAstray } from "./search-rows.js";
import { isDamage } from "./sqlite-error.js";
import type { Transactions } from "./transactions.js";

/** Finds what is wrong in a store, session by session, while others read and write. */
export class StoreVerifier {
  readonly #transactions: Transactions;
  readonly #location: string;
  readonly #checkPages: () => Promise<readonly string[]>;

  readonly #canSalvage: boolean;

  /**
   * @param checkPages SQLite's own check of the whole database, off the event loop where that can be
   * @param canSalvage whether `repair` can put a new file in the place of a damaged one
   */
  constructor(
    transactions: Transactions,
    location: string,
    checkPages: () => Promise<readonly string[]>,
    canSalvage: boolean,
  ) {
    this.#transactions = transactions;
    this.#location = location;
    this.#checkPages = checkPages;
    this.#canSalvage = canSalvage;
  }

  async *verify(): AsyncGenerator<Finding, void, undefined> {
    if (!(await this.#transactions.read(() => true, false))) return;
    for (const message of await this.#checkPages()) yield this.#damaged(null, message);
    const hasSearch = await this.#transactions.read((database) => database.hasSearch, false);
    yield* this.#undeterred(this.#sessions());
    yield* this.#undeterred(this.#orphans("entries"));
    if (hasSearch) yield* this.#undeterred(this.#searchOrphans());
  }

  async *#sessions(): AsyncGenerator<Finding, void, undefined> {
    for await (const key of this.sessions()) yield* this.verifySession(key);
  }

  /** A part of the work that ends where SQLite itself can read no further: that is a finding too. */
  async *#undeterred(part: AsyncIterable<Finding>): AsyncGenerator<Finding, void, undefined> {
    try {
      yield* part;
    } catch (error) {
      if (!isDamage(error)) throw error;
      yield this.#damaged(null, error.message);
    }
  }

  #damaged(key: SessionKey | null, message: string): Finding {
    return { ...finding(key, "damaged-pages", message, this.#location), repairable: this.#canSalvage };
  }

  async *verifySession(key: SessionKey): AsyncGenerator<Finding, void, undefined> {
    let first = 1;
    for (;;) {
      const from = first;
      const { findings, isDone } = await this.#check(key, from);
      yield* findings;
      if (isDone) return;
      first += CHECKED_AT_ONCE;
      await nextTurn();
    }
  }

  /** Every session of the store, of all namespaces. */
  async *sessions(): AsyncGenerator<SessionKey, void, undefined> {
    const select = "SELECT pk, namespace, id FROM agent_sessions_sessions WHERE pk > ? ORDER BY pk LIMIT 256";
    let after = 0;
    for (;;) {
      const from = after;
      const rows = await this.#transactions.read(({ sql }) => sql.rows(select, from), []);
      for (const [pk, namespace, id] of rows) {
        after = Number(pk);
        yield { namespace: String(namespace), id: String(id) };
      }
      if (rows.length === 0) return;
    }
  }

  /** One window of a session, seen at one moment. */
  async #check(
    key: SessionKey,
    first: number,
  ): Promise<{ readonly findings: readonly Finding[]; readonly isDone: boolean }> {
    try {
      return await this.#transactions.read(
        (database) => database.sql.snapshot(() => this.#checkWindow(withWholeIndex(database), key, first)),
        { findings: [], isDone: true },
        key.id,
      );
    } catch (error) {
      if (!isDamage(error)) throw error;
      return { findings: [this.#damaged(key, error.message)], isDone: true };
    }
  }

  #checkWindow(
    database: OpenDatabase,
    key: SessionKey,
    first: number,
  ): { readonly findings: readonly Finding[]; readonly isDone: boolean } {
    const head = checkHead(database, key, this.#location);
    const findings = first === 1 ? [...head.findings] : [];
    if (head.row === null) return { findings, isDone: true };
    findings.push(...checkEntries(database, head.row, first, this.#location));
    return { findings, isDone: first + CHECKED_AT_ONCE > head.row.head.messageCount };
  }

  /** Rows of transcripts that neither a session nor the sweeper knows. */
  async *#orphans(table: keyof typeof TRANSCRIPT_OF): AsyncGenerator<Finding, void, undefined> {
    const fault = table === "entries" ? "orphan-entries" : "orphan-search-rows";
    for await (const transcript of this.orphanTranscripts(table)) {
      const message = `Table agent_sessions_${table} holds rows of transcript ${transcript}, which no session has.`;
      yield finding(null, fault, message, this.#location);
    }
  }

  async *#searchOrphans(): AsyncGenerator<Finding, void, undefined> {
    yield* this.#orphans("search_blocks");
    for await (const { count } of this.astraySearchRows()) {
      const message = `The search index holds ${count} rows that belong to no session.`;
      yield finding(null, "orphan-search-rows", message, this.#location);
    }
  }

  async *orphanTranscripts(table: keyof typeof TRANSCRIPT_OF): AsyncGenerator<number, void, undefined> {
    const { transcript: of, from: least, order } = TRANSCRIPT_OF[table];
    const next = `SELECT t, EXISTS (SELECT 1 FROM agent_sessions_sessions WHERE transcript = t)
        OR EXISTS (SELECT 1 FROM agent_sessions_leftovers WHERE transcript = t)
      FROM (SELECT ${of} AS t FROM agent_sessions_${table} WHERE ${least} ORDER BY ${order} LIMIT 1)`;
    let from = 0;
    for (;;) {
      const at = from;
      const row = await this.#transactions.read(({ sql }) => sql.row(next, at), undefined);
      const [transcript, isKnown] = row ?? [];
      if (typeof transcript !== "number") return;
      if (isKnown === 0) yield transcript;
      from = transcript + 1;
    }
  }

  /** Stretches of the search index with rows that belong to no transcript. */
  async *astraySearchRows(): AsyncGenerator<Astray, void, undefined> {
    let after = -1;
    for (;;) {
      const from: number = after;
      const found = await this.#transactions.read(({ sql }) => findAstray(sql, from), null);
      if (found === null) return;
      if (found.count > 0) yield { after, ...found };
      after = found.last;
      await nextTurn();
    }
  }
}

/** An index that is being made anew is not looked at: it is known to lack texts. */
function withWholeIndex(database: OpenDatabase): OpenDatabase {
  return { sql: database.sql, hasSearch: indexReach(database) !== "nothing" };
}

interface Astray {
  readonly after: number;
  readonly last: number;
  readonly count: number;
}

/** How a table says which transcript a row belongs to, and where the rows of a transcript begin. */
const TRANSCRIPT_OF = {
  entries: { transcript: "pk >> 32", from: "pk >= (? << 32)", order: "pk" },
  search_blocks: { transcript: "transcript", from: "transcript >= ?", order: "transcript" },
} as const;
