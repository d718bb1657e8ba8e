import { root } from "../steps.mjs";
import { npmRegistry } from "./npm-registry.mjs";
import { planRelease } from "./plan-release.mjs";

// For the release workflow: whether there is a version that the registry or the tags do not have.
const plan = await planRelease(root, await npmRegistry());
process.stdout.write(`${plan.some(({ isPublished, isTagged }) => !isPublished || !isTagged)}\n`);
