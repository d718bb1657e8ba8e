// A thread of this process that appends to a shared session, locked within the process only.
import { parentPort, workerData } from "node:worker_threads";

const { module, exportName, path, id, name, count } = workerData;
const { [exportName]: open } = await import(module);
const store = await open({ path, durability: "relaxed", locking: "single-process", lockTimeoutMs: 60_000 });
for (let n = 1; n <= count; n++) await store.append(id, { role: "user", content: `${name} ${n}` });
await store.create({ id: name });
await store.close();
parentPort.postMessage("done");
