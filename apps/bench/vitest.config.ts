import { vitestProject } from "../../tooling/vitest-project.mjs";

export default vitestProject("bench");
