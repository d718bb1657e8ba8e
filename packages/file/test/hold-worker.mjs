// A process that locks a file and stays.
import fs from "node:fs";
import { tryLock } from "fs-native-extensions";

const fd = fs.openSync(process.argv[2], "a+", 0o600);
process.stdout.write(String(tryLock(fd)));
setInterval(() => undefined, 1000);
