import { createHash } from "node:crypto";

/** The longest part of an id that a file is named after, in characters: a name may take 255 bytes. */
const MAX_STEM = 80;
/** Names of devices, which Windows has in every folder. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** A file name for a session: its id where that is one everywhere, else what is left of it with a digest, so that no two ids share one. */
export function readableFileName(id: string, extension: string): string {
  const isSafe =
    /^[a-z0-9][a-z0-9._-]*$/.test(id) && id.length <= MAX_STEM && !DEVICE.test(id) && !id.endsWith(".");
  if (isSafe) return `${id}${extension}`;
  const stem = id.replaceAll(/[^a-zA-Z0-9_-]+/g, "-").slice(0, MAX_STEM / 2);
  return `${stem}~${createHash("sha256").update(id).digest("hex").slice(0, 12)}${extension}`;
}
