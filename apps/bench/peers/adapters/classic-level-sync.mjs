import { open as openClassicLevel } from "./classic-level.mjs";

/** The same, flushed to the disk with each batch. */
export const open = (folder) => openClassicLevel(folder, { sync: true });
