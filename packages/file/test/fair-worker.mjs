// A process of its own that appends to a shared session until it is told to stop, and then says how often it could.
const [module, exportName, path, id] = process.argv.slice(2);
const { [exportName]: open } = await import(module);
const store = await open({ path, durability: "relaxed", lockTimeoutMs: 60_000 });
let isOver = false;
process.once("message", () => {
  isOver = true;
});
let appends = 0;
while (!isOver) {
  await store.append(id, { role: "user", content: "x" });
  appends++;
  process.send("appended");
}
await store.close();
process.send(appends, () => process.disconnect());
