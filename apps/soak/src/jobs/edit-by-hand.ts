import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SoakBackend } from "../backends.js";
import { backends } from "../backends.js";
import type { Job } from "../job.js";
import { type Random, randomFrom } from "../random.js";
import type { TextFiles } from "../text-files.js";
import { messageOf } from "../texts.js";
import { sharedItem } from "./write-shared.js";

export interface EditByHandParameters {
  readonly backend: SoakBackend["name"];
  readonly folder: string;
  readonly sessions: readonly string[];
  readonly seed: string;
}

export const EDITOR = "editor";

/**
 * A person with an editor, who holds the session's lock while the file is open, as the format's documentation asks for: other line
 * ends, a byte order mark, blank lines, another layout, no final line break, and messages of their own.
 */
export const editByHand: Job<EditByHandParameters, void> = async (context, parameters) => {
  const { store, tell, isStopped } = context;
  const random = randomFrom(parameters.seed);
  const textFiles = backends.find(({ name }) => name === parameters.backend)?.textFiles;
  if (textFiles === null || textFiles === undefined) throw new Error("no text files");
  for (let number = 1; !isStopped(); ) {
    const session = random.pick(parameters.sessions as [string, ...string[]]);
    const path = join(parameters.folder, `${session}.${textFiles.extension}`);
    const startedAt = performance.now();
    await store.withLock(session, async () => {
      const content = closed(await readFile(path, "utf8"), textFiles);
      if (random.happens(40)) {
        await writeFile(path, restyled(random, textFiles, content));
        return;
      }
      await tell({ intent: { shared: { session, number } } });
      const own = textFiles.handWritten(String(messageOf(sharedItem(EDITOR, number)).content));
      await writeFile(path, content + own);
      await tell({ acknowledged: true });
      number++;
    });
    // A person leaves the session to the others for most of the time.
    await new Promise((resume) =>
      setTimeout(resume, 2 * (performance.now() - startedAt) + random.between(0, 50)),
    );
  }
};

/** An editor puts the line break back that somebody else left out; a YAML document is closed by `...`. */
function closed(content: string, { extension }: TextFiles): string {
  const lines = content.endsWith("\n") ? content : `${content}\n`;
  return extension === "yaml" && !/(?:^|\n)\.\.\.\s*$/.test(lines) ? `${lines}...\n` : lines;
}

function restyled(random: Random, { reflow }: TextFiles, content: string): string {
  const edits: [(text: string) => string, ...((text: string) => string)[]] = [
    (text) => text.replaceAll("\r\n", "\n").replaceAll("\n", "\r\n"),
    (text) => (text.startsWith("\ufeff") ? text.slice(1) : `\ufeff${text}`),
    (text) => `${text}\n\n`,
    // What a person added must stay closed: without its end it is torn.
    (text) => (/footer.*\s*$/.test(text) ? text.replace(/\r?\n$/, "") : text),
  ];
  if (reflow !== null) edits.push((text) => reflow(text.replace(/^\ufeff/, "")));
  return random.pick(edits)(content);
}
