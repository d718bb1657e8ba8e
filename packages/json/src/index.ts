export {
  type JsonSessionStoreOptions,
  open,
  openJsonSessionStore,
  readSessionFile,
  storageFigures,
} from "./json-session-store.js";
