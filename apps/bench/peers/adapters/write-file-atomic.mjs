import writeFileAtomic from "write-file-atomic";
import { open as openJsonFiles } from "./json-files.mjs";

/** The same, written by the library: temporary file, fsync, rename. */
export const open = (folder) => openJsonFiles(folder, (file, text) => writeFileAtomic(file, text));
