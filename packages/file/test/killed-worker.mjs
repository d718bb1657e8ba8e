// A process of its own that works on a store and is killed right before one of the calls that change anything on disk.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [module, exportName, path, work, part, killAt] = process.argv.slice(2);
const { [exportName]: open } = await import(module);
const NAMES = [
  ...["openSync", "writeSync", "ftruncateSync", "fsync", "fdatasync", "mkdirSync"],
  ...["rmdirSync", "renameSync", "linkSync", "unlinkSync", "rmSync"],
];

let calls = 0;
for (const name of NAMES) {
  const real = fs[name];
  fs[name] = (...args) => {
    const changes = name !== "openSync" || args[1] === "wx+";
    if (changes && (part === "" || args.join().includes(part)) && ++calls === Number(killAt))
      process.kill(process.pid, "SIGKILL");
    return real(...args);
  };
}
syncBuiltinESMExports();

const store = await open({ path });
if (work === "compact") await store.append("a", { role: "user", content: "final" }, { replaceFrom: 2 });
if (work === "delete") await store.delete("b");
if (work === "backup") await store.backup(`${path}-backup`);
await store.close();
