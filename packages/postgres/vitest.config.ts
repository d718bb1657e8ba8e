import { vitestProject } from "../../tooling/vitest-project.mjs";

// Files that lose answers on purpose share a pool, which the end of a file closes.
const project = vitestProject("postgres", { isolate: true });

export default { ...project, test: { ...project.test, globalSetup: ["test/server-setup.ts"] } };
