import { tasks } from "./child/tasks.js";

const [name = "", input = "{}"] = process.argv.slice(2);
const loadTask = tasks[name];
if (loadTask === undefined) throw new RangeError(`There is no task ${JSON.stringify(name)}.`);
const task = await loadTask();
const answer = await task(JSON.parse(input));
process.stdout.write(JSON.stringify(answer));
