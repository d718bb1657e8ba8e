export {
  type JsonSessionStoreOptions,
  open,
  openJsonSessionStore,
  readSessionFile,
} from "./json-session-store.js";
