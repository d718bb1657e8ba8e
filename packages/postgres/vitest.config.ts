import { vitestProject } from "../../tooling/vitest-project.mjs";

const project = vitestProject("postgres");

export default { ...project, test: { ...project.test, globalSetup: ["test/server-setup.ts"] } };
