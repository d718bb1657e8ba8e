import { main, step } from "../steps.mjs";
import { rehearseRelease } from "./rehearse-release.mjs";

await main("npm run release:rehearse", async () => {
  await step("build", "turbo", ["run", "build", "--output-logs=errors-only"]);
  const { versions, changelog, installed, output } = await rehearseRelease((line) => console.log(line));
  console.log("\nVersions");
  console.table(versions);
  console.log(`The changelog of core\n\n${changelog}`);
  console.log("Installed from the tarballs");
  console.table(installed);
  console.log(`A program there printed: ${output}`);
});
