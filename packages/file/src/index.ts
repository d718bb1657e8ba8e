export { diskNameOf, namespaceFolderName, parseSessionFileName, sessionFileName } from "./file-names.js";
export { FileSessionBackend } from "./file-session-backend.js";
export type { FileStoreSettings } from "./file-store.js";
export {
  DEFAULT_LIMITS,
  type FileSessionStoreOptions,
  openFileSessionStore,
} from "./open-file-store.js";
export {
  CodecNotLoadedError,
  type RecordCodec,
  RecordSyntaxError,
  RecordTooDeepError,
} from "./record-codec.js";
export { readSessionFileWith } from "./session-file.js";
export { type StorageFigures, storageFiguresWith } from "./storage-figures.js";
