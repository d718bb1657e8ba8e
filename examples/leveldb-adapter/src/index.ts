export {
  type LevelSessionStoreOptions,
  open,
  openLevelSessionStore,
  registerLevelBackend,
} from "./level-session-store.js";
