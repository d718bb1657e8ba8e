export {
  open,
  openYamlSessionStore,
  readSessionFile,
  type YamlSessionStoreOptions,
} from "./yaml-session-store.js";
