import { parseArgs } from "node:util";
import { main, root, step } from "../steps.mjs";
import { npmRegistry } from "./npm-registry.mjs";
import { ReleaseRefusedError, release } from "./release.mjs";

const HELP = `npm run release [-- OPTIONS]

Builds, passes every check, packs, and says what it would publish. Then, with
  --publish          publishes what the registry does not have, tags it, and pushes the tags
  --no-provenance    without telling the registry which workflow built it: outside of one it cannot be told
  --registry URL     instead of the one that npm is set to
`;

const { values } = parseArgs({
  options: {
    publish: { type: "boolean", default: false },
    provenance: { type: "boolean", default: true },
    registry: { type: "string" },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});

if (values.help) process.stdout.write(HELP);
else await main("npm run release", tryRelease);

async function tryRelease() {
  const { publish, provenance } = values;
  try {
    if (publish && provenance && process.env["ACTIONS_ID_TOKEN_REQUEST_URL"] === undefined) {
      throw new ReleaseRefusedError([
        "Only the release workflow can tell the provenance. By hand: --no-provenance",
      ]);
    }
    const registry = values.registry ?? (await npmRegistry());
    await release({
      root,
      publish,
      provenance,
      registry: registry.replace(/\/?$/, "/"),
      check: () => step("every check", "node", ["tooling/test.mjs"], { live: true }),
      report: (line) => process.stdout.write(`${line}\n`),
    });
  } catch (error) {
    if (!(error instanceof ReleaseRefusedError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
