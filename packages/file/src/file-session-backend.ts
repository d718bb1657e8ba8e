import type { Finding, RepairReport, StoreCapabilities } from "@agent-sessions/core";
import {
  type BackendLock,
  type BackendPage,
  type Decide,
  type ListPlan,
  type MutateOptions,
  matchesId,
  type SearchCandidate,
  type SearchPlan,
  SessionBackend,
  type SessionKey,
  type StoredEntry,
  type StoredHead,
  scanCandidates,
  type Transcript,
  type Wait,
  type WriteContext,
} from "@agent-sessions/core/backend";
import { FileStore, type FileStoreSettings } from "./file-store.js";
import { FolderLister, pageOf } from "./folder-listing.js";
import { LogTranscript } from "./log-transcript.js";
import { matchingEntries } from "./matching-entries.js";
import { RawTextFilter } from "./raw-text-filter.js";
import type { NamespaceFolder } from "./session-place.js";
import { SessionWriter } from "./session-writer.js";
import { storeFolders } from "./store-folders.js";

/** How many namespaces' indexes are kept in memory. */
const MAX_LISTERS = 32;

/** Sessions as files, one file a session, in whatever text format the codec writes. */
export class FileSessionBackend extends SessionBackend {
  readonly name: string;
  readonly location: string;
  readonly #store: FileStore;
  #firstWriter: SessionWriter | null = null;
  readonly #listers = new Map<string, FolderLister>();
  /** The one that was used last: most writes are to the same namespace as the one before. */
  #latest: { readonly folder: NamespaceFolder; readonly lister: FolderLister } | null = null;
  readonly #retiring = new Set<Promise<void>>();

  constructor(settings: FileStoreSettings) {
    super();
    this.name = settings.codec.name;
    this.location = settings.root;
    this.#store = new FileStore(settings);
  }

  override get capabilities(): StoreCapabilities {
    const { isDurable, locking } = this.#store.settings;
    return {
      durable: isDurable,
      multiProcess: locking === "kernel",
      multiHost: false,
      readOnlyMedia: true,
    };
  }

  override async readHead(key: SessionKey): Promise<StoredHead | null> {
    try {
      const open = await this.#open(key);
      open?.source.file.close();
      return open?.state.head ?? null;
    } catch (error) {
      throw this.#store.asStoreError(error);
    }
  }

  override async openTranscript(key: SessionKey): Promise<Transcript | null> {
    return await this.#store.guard(async () => {
      const open = await this.#open(key);
      return open === null ? null : new LogTranscript(open.source, open.state);
    });
  }

  override async listPage(namespace: string, plan: ListPlan): Promise<BackendPage> {
    return await this.#store.guard(async () => {
      const folder = this.#store.folder(namespace);
      return await this.#lister(folder).page(plan, this.#fileFilter(folder, plan));
    });
  }

  override async *searchCandidates(
    namespace: string,
    plan: SearchPlan,
  ): AsyncGenerator<SearchCandidate, void, undefined> {
    const folder = this.#store.folder(namespace);
    const filter = new RawTextFilter(plan.words, this.#store.settings.codec);
    // Looked at once: each further page comes out of the same listing, however many sessions there are.
    const listing = await this.#store.guard(
      async () => await this.#lister(folder).list(this.#fileFilter(folder, plan.filter)),
    );
    yield* scanCandidates(this, namespace, plan, {
      listPage: async (page) => await pageOf(listing, page),
      entriesOf: ({ id }) =>
        matchingEntries(this.#store, folder, this.#store.fileName({ namespace, id }), filter),
    });
  }

  override async *namespaces(): AsyncGenerator<string, void, undefined> {
    for await (const { folder, isNamed, fileNames } of storeFolders(this.#store)) {
      if (isNamed && fileNames.length > 0) yield folder.namespace;
    }
  }

  override mutate(key: SessionKey, decide: Decide, options: MutateOptions): Promise<StoredHead> {
    return this.#store.guardWrite(() => this.#writer.mutate(key, decide, options));
  }

  override async replace(
    key: SessionKey,
    entries: AsyncIterable<readonly StoredEntry[]>,
    seal: (current: StoredHead | null) => StoredHead,
    context: WriteContext,
  ): Promise<StoredHead> {
    return await this.#store.guardWrite(async () => await this.#writer.replace(key, entries, seal, context));
  }

  override async remove(key: SessionKey, context: WriteContext): Promise<boolean> {
    return await this.#store.guard(async () => await this.#writer.remove(key, context));
  }

  override async acquireLock(key: SessionKey, wait: Wait): Promise<BackendLock> {
    return await this.#store.guard(async () => {
      const folder = this.#store.folder(key.namespace);
      const held = await this.#store.lock(folder, this.#store.fileName(key), wait, key.id);
      let isHeld = true;
      return {
        key,
        release: async () => {
          if (isHeld) held.release();
          isHeld = false;
        },
      };
    });
  }

  override async *verify(): AsyncGenerator<Finding, void, undefined> {
    const { verifyStore } = await import("./maintenance.js");
    yield* verifyStore(this.#store);
  }

  override async repair(key: SessionKey | null): Promise<RepairReport> {
    const { repairStore } = await import("./maintenance.js");
    return await this.#store.guard(
      async () => await repairStore(this.#store, this.#writer, (folder) => this.#lister(folder), key),
    );
  }

  override async backup(target: string): Promise<void> {
    const { backupStore } = await import("./maintenance.js");
    await this.#store.guard(async () => await backupStore(this.#store, target));
  }

  override async close(): Promise<void> {
    for (const lister of this.#listers.values()) await lister.close();
    await Promise.all(this.#retiring);
  }

  #open(key: SessionKey): ReturnType<FileStore["openSession"]> {
    return this.#store.openSession(
      this.#store.folder(key.namespace),
      this.#store.fileName(key),
      "read",
      key.id,
    );
  }

  /** Made by the first write: most programs that look at sessions write to none. */
  get #writer(): SessionWriter {
    this.#firstWriter ??= new SessionWriter(this.#store, (folder, fileName) =>
      this.#lister(folder).touch(fileName),
    );
    return this.#firstWriter;
  }

  #lister(folder: NamespaceFolder): FolderLister {
    if (this.#latest?.folder === folder) return this.#latest.lister;
    const lister = this.#listers.get(folder.namespace) ?? new FolderLister(this.#store, folder);
    this.#latest = { folder, lister };
    // The one that was used last stands last; the one that nobody has used for longest lets go of its index.
    this.#listers.delete(folder.namespace);
    this.#listers.set(folder.namespace, lister);
    const [oldest] = this.#listers;
    if (this.#listers.size > MAX_LISTERS && oldest !== undefined) {
      this.#listers.delete(oldest[0]);
      const retiring = oldest[1].close().finally(() => this.#retiring.delete(retiring));
      this.#retiring.add(retiring);
    }
    return lister;
  }

  /** Which files can hold sessions that the plan asks for, as far as their names tell; null: all of them. */
  #fileFilter(folder: NamespaceFolder, plan: ListPlan): ((fileName: string) => boolean) | null {
    if (plan.ids !== null) {
      const wanted = new Set(
        [...plan.ids].map((id) => this.#store.fileName({ namespace: folder.namespace, id })),
      );
      return (fileName) => wanted.has(fileName);
    }
    if (plan.idPrefix === null) return null;
    return (fileName) => !folder.isIdKnown(fileName) || matchesId(plan, folder.idOf(fileName));
  }
}
