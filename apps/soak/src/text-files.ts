import { parseAllDocuments, stringify } from "yaml";

/** How sessions of a file backend look to a person with an editor. Ids are such that they are file names. */
export interface TextFiles {
  readonly extension: string;
  /** A record with one message, as a person writes it at the end of the file. */
  handWritten(text: string): string;
  /** The same file as another program, or another taste, would have written it. */
  readonly reflow: ((content: string) => string) | null;
}

export const jsonFiles: TextFiles = {
  extension: "jsonl",
  handWritten: (text) => `${JSON.stringify({ entries: [{ message: { role: "user", content: text } }] })}\n`,
  // A record is a line: there is nothing to break differently.
  reflow: null,
};

export const yamlFiles: TextFiles = {
  extension: "yaml",
  handWritten: (text) => `${stringify({ entries: [{ message: { role: "user", content: text } }] })}...\n`,
  reflow: (content) =>
    parseAllDocuments(content)
      .map((document) => `${stringify(document.toJS(), { indent: 4, lineWidth: 40 })}...\n`)
      .join(""),
};
