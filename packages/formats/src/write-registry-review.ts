import type { JsonObject, JsonValue, SessionHead, SessionSnapshot } from "@agent-sessions/core";
import { type ForeignValue, VERBATIM, withSources } from "./foreign-value.js";
import { isObject } from "./json-object.js";
import { headNotHeld, type SessionWriter, UnwritableError, type WrittenForm } from "./session-writer.js";
import { writeForeignJson } from "./write-foreign-json.js";

/**
 * `session-<12 hex>/` as regen-registry-review-mcp writes it: every document with `json.dumps(…, indent=2)`, and the uploads.
 *
 * @see registry-review.ts for the mapping
 */
export const registryReviewWriter: SessionWriter = {
  async form({ head }: SessionSnapshot): Promise<WrittenForm> {
    if (!/^session-[0-9a-f]{12}$/.test(head.id)) {
      throw new UnwritableError('its id is not "session-" and 12 hexadecimal digits, as the tool wants it');
    }
    if (!isObject(head.state["session"])) throw new UnwritableError("its state has no session document");
    const notHeld = headNotHeld(head, {
      title: head.title === titleIn(head.state["session"]),
      metadata: ["stage", "projectId", "methodology"],
      state: null,
    });
    if (head.messageCount > 0) notHeld.push("messages");
    const files = new Map<string, string | Uint8Array>();
    const { $uploads: uploads, [VERBATIM]: _verbatim, ...documents } = withSources(head.state);
    for (const [key, value] of Object.entries(documents)) addDocument(files, key, value, head, notHeld);
    if (Array.isArray(uploads)) {
      for (const upload of head.state["$uploads"] as readonly JsonValue[]) addUpload(files, upload, notHeld);
    } else if (uploads !== undefined) notHeld.push("state.$uploads");
    return { path: folderName(head), content: files, notHeld };
  },
};

/** A folder that was renamed keeps its name: it is what the tool looks for. */
function folderName(head: SessionHead): string {
  const stem = head.metadata["fileStem"];
  return typeof stem === "string" && /^session-[0-9a-f]{12}$/.test(stem) ? stem : head.id;
}

function titleIn(session: JsonObject): unknown {
  const project = session["project_metadata"];
  return isObject(project) ? (project["project_name"] ?? "") : "";
}

function addDocument(
  files: Map<string, string | Uint8Array>,
  key: string,
  value: ForeignValue | undefined,
  head: SessionHead,
  notHeld: string[],
): void {
  const isDocument = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isDocument || /^\.|[/\\\0]/.test(key)) {
    notHeld.push(`state.${key}`);
    return;
  }
  const document = key === "session" ? { ...value, session_id: head.id } : value;
  files.set(`${key}.json`, writeForeignJson(document, { indent: 2, isAscii: true, isSorted: false }));
}

function addUpload(files: Map<string, string | Uint8Array>, upload: JsonValue, notHeld: string[]): void {
  const { path: relative, base64 } = isObject(upload) ? upload : {};
  if (typeof relative !== "string" || !isInside(relative)) {
    throw new UnwritableError(
      `an upload has the path ${JSON.stringify(relative)}, which leads out of its folder`,
    );
  }
  if (typeof base64 === "string") files.set(relative, Buffer.from(base64, "base64"));
  else notHeld.push(`state.$uploads: the content of ${relative}, which was never imported`);
}

function isInside(relative: string): boolean {
  const parts = relative.split("/");
  return parts.every((part) => part !== "" && part !== "." && part !== ".." && !/[\\\0:]/.test(part));
}
