import { existsSync, readFileSync } from "node:fs";
import { countResults } from "./count-results.mjs";

const [reportFile = ".logs/vitest.json"] = process.argv.slice(2);
const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, "utf8")) : undefined;
const { passed, failed } = countResults(report);

process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
