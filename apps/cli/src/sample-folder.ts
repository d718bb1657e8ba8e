import { fileURLToPath } from "node:url";

/** The sample sessions that the package brings along. This module stays one folder below the package's root, in src and in dist. */
export function sampleFolder(): string {
  return fileURLToPath(new URL("../samples", import.meta.url));
}
