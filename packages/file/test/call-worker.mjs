// A process of its own that calls a store's methods as it is told, one after the other, and says when each is done.
const [module, exportName, path] = process.argv.slice(2);
const { [exportName]: open } = await import(module);
const store = await open({ path, durability: "relaxed" });
process.on("message", ({ method, args }) => {
  store[method](...args).then(
    () => process.send("done"),
    (error) => process.send(`${error}`),
  );
});
process.send("ready");
