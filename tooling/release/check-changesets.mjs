import { parseArgs } from "node:util";
import { root } from "../steps.mjs";
import { undescribedChanges } from "./undescribed-changes.mjs";

const { values } = parseArgs({ options: { base: { type: "string", default: "main" } } });

const names = await undescribedChanges(root, values.base);
if (names.length > 0) {
  process.stderr.write(
    `Changed since ${values.base}, without a changeset that names them: ${names.join(", ")}.\n` +
      'Run "npm run changeset" and say what changes for their users, or "npx changeset add --empty" when nobody notices.\n',
  );
  process.exitCode = 1;
}
