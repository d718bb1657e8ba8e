export {
  open,
  openYamlSessionStore,
  readSessionFile,
  storageFigures,
  type YamlSessionStoreOptions,
} from "./yaml-session-store.js";
