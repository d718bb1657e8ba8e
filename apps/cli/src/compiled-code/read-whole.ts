import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * What a file holds, between two texts of Latin-1: put around a text, and not around the bytes, V8 would copy half a megabyte once more, and
 * collect garbage for it. Node's `readFileSync` is five functions more to compile.
 *
 * @throws what the system says, or an error for a file that became shorter meanwhile
 */
export function readWhole(file: string, before = "", behind = ""): Buffer {
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.allocUnsafeSlow(before.length + size + behind.length);
    bytes.write(before, "latin1");
    const read = readSync(descriptor, bytes, before.length, size, 0);
    if (read < size) throw new Error(`${file} could not be read as a whole. Install agent-sessions again.`);
    bytes.write(behind, before.length + size, "latin1");
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}
