// biome-ignore lint/suspicious/noExplicitAny: the input comes as JSON from `runTask`, whose caller knows the task.
export type Task = (input: any) => Promise<object>;

/**
 * What a fresh process can be asked to do, by name. Each is loaded only when it is asked for: what one of them imports would
 * otherwise be there already when another measures how long that takes.
 */
export const tasks: Readonly<Record<string, () => Promise<Task>>> = {
  appendFor: async () => (await import("./append-for.js")).appendFor,
  appendSteps: async () => (await import("./append-steps.js")).appendSteps,
  appendOnce: async () => (await import("./append-once.js")).appendOnce,
  appendOnSlowDisk: async () => (await import("./append-on-slow-disk.js")).appendOnSlowDisk,
  buildStore: async () => (await import("./build-store.js")).buildStore,
  headByHand: async () => (await import("./head-by-hand.js")).headByHand,
  importCore: async () => (await import("./import-core.js")).importCore,
  listAll: async () => (await import("./list-all.js")).listAll,
  listByHand: async () => (await import("./list-by-hand.js")).listByHand,
  listNewest: async () => (await import("./list-newest.js")).listNewest,
  migrateAll: async () => (await import("./migrate-all.js")).migrateAll,
  queryByHand: async () => (await import("./query-by-hand.js")).queryByHand,
  readHead: async () => (await import("./read-head.js")).readHead,
  runWorkload: async () => (await import("./run-workload.js")).runWorkload,
  searchAll: async () => (await import("./search-all.js")).searchAll,
  streamMessages: async () => (await import("./stream-messages.js")).streamMessages,
  touchSession: async () => (await import("./touch-session.js")).touchSession,
};
