import { parse } from "yaml";

/**
 * @typedef {object} Step
 * @property {string} [uses]
 * @property {Readonly<Record<string, unknown>>} [with]
 *
 * @typedef {object} Job
 * @property {Readonly<Record<string, string>>} [permissions]
 * @property {number} [timeout-minutes]
 * @property {readonly Step[]} [steps]
 *
 * @typedef {object} Workflow
 * @property {Readonly<Record<string, unknown>>} on
 * @property {Readonly<Record<string, string>>} [permissions]
 * @property {object} [concurrency]
 * @property {Readonly<Record<string, Job>>} jobs
 */

const PINNED = /^\s*(?:- )?uses: [\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/;

/**
 * What a workflow does against this project's rules, which actionlint does not know: it has no permissions but those
 * that a job asks for, each job and each line of runs has an end, and other people's code is named by its commit.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function workflowProblems(text) {
  /** @type {Workflow} */
  const workflow = parse(text);
  const problems = [];
  if (Object.keys(workflow.permissions ?? { missing: "" }).length > 0) {
    problems.push("`permissions: {}` is missing: what is needed is granted to a job");
  }
  if (workflow.concurrency === undefined) problems.push("`concurrency` is missing");
  if ("pull_request_target" in workflow.on) {
    problems.push("`pull_request_target` gives a stranger's code our permissions");
  }
  for (const [name, job] of Object.entries(workflow.jobs)) {
    if (job.permissions === undefined) problems.push(`${name}: \`permissions\` is missing`);
    if (job["timeout-minutes"] === undefined) problems.push(`${name}: \`timeout-minutes\` is missing`);
    problems.push(...(job.steps ?? []).flatMap((step) => stepProblems(name, step)));
  }
  const unpinned = text.split("\n").filter((line) => /^\s*(?:- )?uses:/.test(line) && !PINNED.test(line));
  return [...problems, ...unpinned.map((line) => `not pinned by commit and version: ${line.trim()}`)];
}

/**
 * @param {string} job
 * @param {Step} step
 */
function stepProblems(job, step) {
  const isCheckout = step.uses?.startsWith("actions/checkout@") === true;
  return isCheckout && step.with?.["persist-credentials"] === undefined
    ? [`${job}: say with \`persist-credentials\` whether later steps may push`]
    : [];
}
