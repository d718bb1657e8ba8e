import { tsupOptions } from "../../tooling/tsup-options.mjs";

// What reads need at once, and what the first write or search needs beyond that.
export default tsupOptions(["src/index.ts"], { whole: ["src/index.ts", "src/session-writer.ts"] });
