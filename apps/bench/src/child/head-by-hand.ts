import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { timed } from "../measure-sides.js";

export interface HeadByHandInput {
  readonly path: string;
}

const FOOTER = '"footer":';
const YAML_FOOTER = "footer: ";
/** What a store reads at once, of the end and of the beginning; in bytes. */
const TAIL_BYTES = 8 * 1024;
const HEADER_BYTES = 4 * 1024;

/**
 * What a head cannot do without: the file, its size, its last footer, and the bytes where that says that the head lies; JSON is parsed, YAML is
 * not. Nothing is checked, no place is looked for, and nobody is told what is wrong.
 */
export async function headByHand({ path }: HeadByHandInput): Promise<{ readonly milliseconds: number }> {
  let head: unknown = null;
  const milliseconds = await timed(() => {
    head = readHead(path);
  });
  if (head === null) throw new Error("The session has no head.");
  return { milliseconds };
}

function readHead(path: string): unknown {
  const fd = openSync(path, "r");
  const { size } = fstatSync(fd);
  const tail = read(fd, Math.max(0, size - TAIL_BYTES), size);
  const isYaml = path.endsWith(".yaml");
  const start = isYaml
    ? tail.lastIndexOf(YAML_FOOTER) + YAML_FOOTER.length
    : tail.lastIndexOf(FOOTER) + FOOTER.length;
  const end = isYaml ? tail.indexOf("\n", start) : tail.lastIndexOf("}");
  const footer = JSON.parse(tail.slice(start, end)) as { readonly head: readonly [number, number] };
  const [from, to] = footer.head;
  const beginning = read(fd, 0, Math.min(size, HEADER_BYTES));
  const text = to <= HEADER_BYTES ? beginning.slice(from, to) : read(fd, from, to);
  closeSync(fd);
  if (isYaml) return text;
  JSON.parse(beginning.slice(0, beginning.indexOf("\n")));
  return JSON.parse(`{${text.slice(1)}}`);
}

function read(fd: number, start: number, end: number): string {
  const bytes = Buffer.allocUnsafe(end - start);
  const length = readSync(fd, bytes, 0, bytes.length, start);
  return bytes.toString("utf8", 0, length);
}
