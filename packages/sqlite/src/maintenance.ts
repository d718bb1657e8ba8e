import type { Finding, RepairReport } from "@agent-sessions/core";
import type { SessionKey } from "@agent-sessions/core/backend";
import { backUpDatabase } from "./back-up-database.js";
import { checkPagesOf, checkPagesOfFile } from "./check-pages.js";
import { DatabaseHandle, type DatabaseSource } from "./database-handle.js";
import { salvageDatabase } from "./salvage-database.js";
import { isDamage, toStoreError } from "./sqlite-error.js";
import { StoreRepairer } from "./store-repairer.js";
import { StoreVerifier } from "./store-verifier.js";
import { sweepStopped } from "./sweep-stopped.js";
import type { Transactions } from "./transactions.js";

export interface MaintenanceOptions {
  readonly source: DatabaseSource;
  readonly handle: DatabaseHandle;
  readonly transactions: Transactions;
  readonly location: string;
  readonly search: boolean;
  readonly lockTimeoutMs: number;
}

/** Checking, mending and copying a whole store. Loaded when first needed: most programs never do. */
export class Maintenance {
  readonly #options: MaintenanceOptions;
  readonly #verifier: StoreVerifier;
  readonly #repairer: StoreRepairer;

  constructor(options: MaintenanceOptions) {
    const { transactions, location } = options;
    this.#options = options;
    this.#verifier = new StoreVerifier(
      transactions,
      location,
      () => this.#checkPages(),
      options.source.kind === "file",
    );
    // A file's pages are checked in a thread before, and what is damaged there is salvaged.
    const isIndexChecked = options.source.kind === "file";
    this.#repairer = new StoreRepairer(transactions, this.#verifier, { ...options, isIndexChecked });
  }

  verify(): AsyncIterable<Finding> {
    return this.#verifier.verify();
  }

  async repair(key: SessionKey | null): Promise<RepairReport> {
    const { source, handle, transactions, lockTimeoutMs } = this.#options;
    // Damaged pages concern the file and no one session.
    if (key === null && source.kind === "file" && !handle.isCopy) {
      handle.assertWritable();
      const isThere = await transactions.read(() => true, false);
      if (isThere && (await this.#checkPages()).length > 0) {
        return await transactions.alone(() => salvageDatabase({ ...source, lockTimeoutMs }));
      }
      const { repaired, ...rest } = await this.#repairer.repair(key);
      return { repaired: [...repaired, ...sweepStopped(source.path)], ...rest };
    }
    return await this.#repairer.repair(key);
  }

  async backup(target: string): Promise<void> {
    try {
      await this.#backUp(target);
    } catch (error) {
      // Damage is the store's own; whatever else the driver says may be about the target.
      throw isDamage(error) ? toStoreError(error, this.#options.location) : error;
    }
  }

  async #backUp(target: string): Promise<void> {
    const { source, handle, transactions } = this.#options;
    const open = await transactions.read((database) => database, null);
    if (source.kind === "given") {
      await backUpDatabase(source.database, target, "shared");
    } else if (open === null) {
      await this.#backUpNothing(source, target);
    } else if (source.kind === "file" && !handle.isCopy) {
      const own = new source.driver(source.path, { readonly: true, fileMustExist: true });
      try {
        await backUpDatabase(own, target, "pinned");
      } finally {
        own.close();
      }
    } else {
      await backUpDatabase(open.sql.database, target, "shared");
    }
  }

  async #checkPages(): Promise<readonly string[]> {
    const { source, handle, transactions } = this.#options;
    // A copy in memory stands for a file that SQLite cannot open where it lies.
    if (source.kind === "file" && !handle.isCopy) return await checkPagesOfFile(source.path);
    return await transactions.read(({ sql }) => checkPagesOf(sql.database), []);
  }

  /** A store that was never written to has an empty one as its backup. */
  async #backUpNothing(
    { driver }: Extract<DatabaseSource, { driver: unknown }>,
    target: string,
  ): Promise<void> {
    const { location, search } = this.#options;
    const empty = new DatabaseHandle({ kind: "memory", driver }, { location, search });
    try {
      await backUpDatabase(empty.forWriting().sql.database, target, "shared");
    } finally {
      empty.close();
    }
  }
}
