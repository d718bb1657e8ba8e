export { createMemoryData, type MemoryData } from "./memory-data.js";
export { type MemorySessionStoreOptions, openMemorySessionStore } from "./memory-session-store.js";
