// A process of its own that creates a session and appends to a shared one.
const [module, exportName, path, id, name, count] = process.argv.slice(2);
const { [exportName]: open } = await import(module);
const store = await open({ path, durability: "relaxed", lockTimeoutMs: 30_000 });
await store.create({ id: name });
for (let n = 1; n <= Number(count); n++) await store.append(id, { role: "user", content: `${name} ${n}` });
await store.close();
