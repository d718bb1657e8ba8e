import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { JsonObject, JsonValue } from "@agent-sessions/core";
import { compareCodePoints } from "@agent-sessions/core/backend";
import { ForeignFields } from "./foreign-fields.js";
import { latest, timeOfText } from "./foreign-time.js";
import { isObject, memberOf, setOwn } from "./json-object.js";
import { LEADS_OUT, leadsOutOf } from "./leads-out-of.js";
import { asMalformed, MalformedFileError } from "./malformed-file-error.js";
import { newSnapshot, oneLine, sourceFacts } from "./new-snapshot.js";
import { parseForeignObject } from "./parse-foreign-json.js";
import { datesOf } from "./session-dates.js";
import type { ReadItem, Recognition, SessionFormat } from "./session-format.js";
import { SourceFile } from "./source-file.js";

/** The largest upload that comes in with its content, in bytes; and the largest sum of them in one session. */
const MAX_UPLOAD_BYTES = 8 * 1024 * 1024;
const MAX_UPLOADS_BYTES = 32 * 1024 * 1024;

/**
 * `session-<12 hex>/` of regen-registry-review-mcp: a folder of JSON documents, and of files that were uploaded.
 *
 * | there | here |
 * |---|---|
 * | `session_id` of `session.json` | `id`; the folder's name as `metadata.fileStem` where it differs |
 * | `project_metadata.project_name` | `title` |
 * | `created_at`; the latest `updated_at` of all documents | `createdAt`, `updatedAt` |
 * | the furthest completed stage of `workflow_progress` | `metadata.stage` |
 * | `project_metadata.project_id`, `.methodology` | `metadata.projectId`, `.methodology` |
 * | every `<name>.json`, `session.json` too | `state.<name>`, whole |
 * | every other file, those in `uploads/` and other folders too | `state.$uploads`: `{ path, sizeBytes, sha256, base64 }` |
 * | (no messages) | |
 *
 * A file above 8 MiB, or beyond 32 MiB in all, comes in without its `base64`, and is reported. A document that is no JSON object is
 * reported and comes in as an upload. `.lock` and `.*.tmp` are what a program left that was killed, and are passed over. A link that leads
 * out of the folder, or to another folder, is reported and not followed.
 *
 * @see https://github.com/gaiaaiagent/regen-registry-review-mcp `utils/state.py`
 */
export const registryReview: SessionFormat = {
  name: "registry-review",

  async recognise(file: SourceFile): Promise<Recognition> {
    if (file.name !== "session.json") return "unknown";
    return hasMarks(await file.documentStart()) || hasOwnName(path.dirname(path.resolve(file.path)))
      ? "session"
      : "unknown";
  },

  read(file: SourceFile): AsyncIterable<ReadItem> {
    return readFolder(path.dirname(path.resolve(file.path)));
  },

  folder: {
    async recognise(folder: string): Promise<boolean> {
      try {
        const file = await SourceFile.at(path.join(folder, "session.json"));
        return file.isRegular && (hasOwnName(folder) || hasMarks(await file.documentStart()));
      } catch {
        return false;
      }
    },
    read: readFolder,
  },
};

function hasMarks(document: JsonObject): boolean {
  return "session_id" in document && ("workflow_progress" in document || "project_metadata" in document);
}

function hasOwnName(folder: string): boolean {
  return /^session-[0-9a-f]{12}$/.test(path.basename(folder));
}

async function* readFolder(folder: string): AsyncGenerator<ReadItem> {
  const file = await SourceFile.at(path.join(folder, "session.json"));
  if (await leadsOutOf(folder, file.path))
    throw new MalformedFileError(`has a session.json that ${LEADS_OUT}`);
  const session = parseForeignObject(await file.text());
  const reading = new FolderReading(folder);
  await reading.read();
  const documents = { session, ...reading.documents };
  const folderName = path.basename(path.resolve(folder));
  const fields = new ForeignFields(session);
  const id = fields.text("session_id") ?? folderName;
  const project = new ForeignFields(isObject(session["project_metadata"]) ? session["project_metadata"] : {});
  const updated = Object.values(documents).map((one) => timeOfText(memberOf(one, "updated_at")));
  const dates = datesOf(file, timeOfText(fields.peek("created_at")), latest(...updated));
  const snapshot = newSnapshot(
    {
      id,
      // Whole in the document, whatever of it is left out here.
      title: oneLine(project.text("project_name") ?? ""),
      metadata: {
        ...sourceFacts("registry-review", id, folderName),
        stage: furthestStage(fields.peek("workflow_progress")),
        projectId: project.fact("project_id"),
        methodology: project.fact("methodology"),
      },
      state: { ...documents, ...(reading.uploads.length === 0 ? {} : { $uploads: reading.uploads }) },
      ...dates,
    },
    [],
  );
  yield { snapshot, isDatedByFile: dates.isDatedByFile };
  for (const part of reading.faults) yield { part: { ...part, line: null } };
}

/** The last stage that is done; the tool's own `status` is not kept up to date. */
function furthestStage(progress: JsonValue | undefined): string | undefined {
  if (!isObject(progress)) return undefined;
  return Object.entries(progress).findLast(([, value]) => value === "completed")?.[0];
}

/** One pass over a session's folder. */
class FolderReading {
  readonly documents: Record<string, JsonObject> = {};
  readonly uploads: JsonObject[] = [];
  readonly faults: { readonly path: string; readonly reason: string }[] = [];
  readonly #folder: string;
  #uploadedBytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(subfolder = ""): Promise<void> {
    const items = await readdir(path.join(this.#folder, subfolder), { withFileTypes: true });
    for (const item of items.toSorted((a, b) => compareCodePoints(a.name, b.name))) {
      const { name } = item;
      if (name === ".lock" || /^\..*\.tmp$/.test(name)) continue;
      const relative = subfolder === "" ? name : `${subfolder}/${name}`;
      if (item.isDirectory()) await this.read(relative);
      else await this.#readFile(relative, item.isSymbolicLink());
    }
  }

  async #readFile(relative: string, isLink: boolean): Promise<void> {
    const full = path.join(this.#folder, relative);
    const stats = await stat(full).catch(() => null);
    if (isLink && stats !== null && (stats.isDirectory() || (await leadsOutOf(this.#folder, full)))) {
      const reason = stats.isDirectory() ? "is a link to a folder, and was not followed" : LEADS_OUT;
      this.faults.push({ path: full, reason });
    } else if (stats?.isFile() !== true)
      this.faults.push({ path: full, reason: "is no file that can be read" });
    else if (relative.includes("/") || !(await this.#readDocument(relative)))
      await this.#readUpload(relative, stats.size);
  }

  async #readDocument(name: string): Promise<boolean> {
    if (!name.endsWith(".json") || name.startsWith("$")) return false;
    if (name === "session.json") return true;
    const full = path.join(this.#folder, name);
    try {
      const file = await SourceFile.at(full);
      setOwn(this.documents, name.slice(0, -".json".length), parseForeignObject(await file.text()));
      return true;
    } catch (error) {
      const { message } = asMalformed(error);
      this.faults.push({ path: full, reason: `${message}; its bytes came in as an upload` });
      return false;
    }
  }

  async #readUpload(relative: string, sizeBytes: number): Promise<void> {
    const full = path.join(this.#folder, relative);
    const isSmall = sizeBytes <= MAX_UPLOAD_BYTES && this.#uploadedBytes + sizeBytes <= MAX_UPLOADS_BYTES;
    if (isSmall) {
      const bytes = await readFile(full);
      this.#uploadedBytes += bytes.length;
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      this.uploads.push({
        path: relative,
        sizeBytes: bytes.length,
        sha256,
        base64: bytes.toString("base64"),
      });
      return;
    }
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(full) as AsyncIterable<Uint8Array>) hash.update(chunk);
    this.uploads.push({ path: relative, sizeBytes, sha256: hash.digest("hex") });
    const limits = `${MAX_UPLOAD_BYTES} a file and ${MAX_UPLOADS_BYTES} in all`;
    this.faults.push({
      path: full,
      reason: `has ${sizeBytes} bytes, more than an import holds (${limits}): its name, size and SHA-256 came in, its content did not`,
    });
  }
}
