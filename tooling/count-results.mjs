/**
 * @typedef {object} FileResult
 * @property {string} status
 * @property {readonly { status: string }[]} assertionResults
 *
 * @typedef {object} TestReport What is read of vitest's JSON report.
 * @property {boolean} success
 * @property {readonly FileResult[]} testResults
 */

/**
 * How many tests passed and failed. A file that failed outside its tests (an import that throws, a hook)
 * counts as one failure, and so does a run that failed in no file at all, or that never came to a report.
 *
 * @param {TestReport | undefined} report
 * @returns {{ passed: number, failed: number }}
 */
export function countResults(report) {
  let passed = 0;
  let failed = 0;
  for (const file of report?.testResults ?? []) {
    const statuses = file.assertionResults.map((test) => test.status);
    const failedHere = statuses.filter((status) => status === "failed").length;
    passed += statuses.filter((status) => status === "passed").length;
    failed += failedHere === 0 && file.status === "failed" ? 1 : failedHere;
  }
  return { passed, failed: failed === 0 && report?.success !== true ? 1 : failed };
}
