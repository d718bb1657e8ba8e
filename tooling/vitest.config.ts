import { vitestProject } from "./vitest-project.mjs";

export default vitestProject("tooling");
