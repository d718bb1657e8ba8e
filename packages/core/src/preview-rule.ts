import type { JsonObject } from "./json-value.js";
import { findPreview } from "./message-text.js";
import type { StoredHead } from "./session-backend.js";

/** A preview and where it came from. */
export type Preview = Pick<StoredHead, "preview" | "previewSeq">;

export const NO_PREVIEW: Preview = { preview: "", previewSeq: 0 };

/** The preview after `messages` follow the first `keep`: the one given, the one there is, or the first user text among them. */
export function previewFor(
  given: string | undefined,
  messages: readonly JsonObject[],
  keep: number,
  present: Preview,
): Preview {
  const found = present.preview === "" || given !== undefined ? findPreview(messages) : null;
  const preview = given ?? (present.preview === "" ? (found?.preview ?? "") : present.preview);
  if (found !== null && found.preview === preview) return { preview, previewSeq: keep + found.index + 1 };
  return { preview, previewSeq: given === undefined ? present.previewSeq : 0 };
}
