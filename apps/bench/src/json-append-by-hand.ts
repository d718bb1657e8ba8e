import fs from "node:fs";

/** The last record of a log, with its line end. */
export function lastLine(file: string): Buffer {
  const bytes = fs.readFileSync(file);
  return bytes.subarray(bytes.lastIndexOf(0x0a, bytes.length - 2) + 1);
}

/** What a durable append comes down to: the bytes at the end of the file, and on the disk, while the event loop goes on. */
export async function appendDurablyByHand(file: string, record: Buffer): Promise<void> {
  const fd = fs.openSync(file, "a");
  fs.writeSync(fd, record);
  await new Promise<void>((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
  fs.closeSync(fd);
}

/** The same without waiting for the disk. */
export function appendByHand(file: string, record: Buffer): void {
  const fd = fs.openSync(file, "a");
  fs.writeSync(fd, record);
  fs.closeSync(fd);
}
