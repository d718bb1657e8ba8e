import { callOrderTests } from "../../file/test/call-order-tests.js";
import { codecTests } from "../../file/test/codec-tests.js";
import { compactionTests } from "../../file/test/compaction-tests.js";
import { damageTests } from "../../file/test/damage-tests.js";
import { depthTests } from "../../file/test/depth-tests.js";
import { durabilityTests } from "../../file/test/durability-tests.js";
import { fixtureTests } from "../../file/test/fixture-tests.js";
import { formatTests } from "../../file/test/format-tests.js";
import { handEditPropertyTests } from "../../file/test/hand-edit-property-tests.js";
import { handEditTableTests } from "../../file/test/hand-edit-table-tests.js";
import { handEditTests } from "../../file/test/hand-edit-tests.js";
import { indexTests } from "../../file/test/index-tests.js";
import { lockingTests } from "../../file/test/locking-tests.js";
import { mendingTests } from "../../file/test/mending-tests.js";
import { obstacleTests } from "../../file/test/obstacle-tests.js";
import { pagingTests } from "../../file/test/paging-tests.js";
import { resumeTests } from "../../file/test/resume-tests.js";
import { searchTests } from "../../file/test/search-tests.js";
import { systemTests } from "../../file/test/system-tests.js";
import { transcriptTests } from "../../file/test/transcript-tests.js";
import { yamlFormat } from "./format.js";

codecTests(yamlFormat);
transcriptTests(yamlFormat);
searchTests(yamlFormat);
handEditTests(yamlFormat);
resumeTests(yamlFormat);
handEditTableTests(yamlFormat, [
  {
    what: "comments everywhere",
    edit: ({ text }) =>
      `# mine\n${text.replaceAll("entries:", "# below\nentries: # here").replaceAll("...", "... # end")}`,
  },
  {
    what: "a folded text",
    edit: ({ text }) => text.replace("content: three", "content: >-\n        three\n        and more"),
    texts: ["one", "two\nlines", "three and more", "four", "last"],
  },
  {
    what: "tabs before a comment",
    edit: ({ text }) => text.replace("content: three", "content: three\t# mine"),
  },
  {
    what: "tabs for indentation",
    edit: ({ text }) => text.replace("      content: three", "\tcontent: three"),
    texts: "refused",
  },
  {
    what: "an alias",
    edit: ({ text }) => text.replace("content: three", "content: *one"),
    texts: "refused",
  },
]);
handEditPropertyTests(yamlFormat);
durabilityTests(yamlFormat);
callOrderTests(yamlFormat);
formatTests(yamlFormat);
fixtureTests(yamlFormat, new URL("fixtures/v1", import.meta.url));
obstacleTests(yamlFormat);
mendingTests(yamlFormat);
const built = new URL("../dist/index.js", import.meta.url).href;
systemTests(yamlFormat);
damageTests(yamlFormat);
depthTests(yamlFormat);
compactionTests(yamlFormat, built, "openYamlSessionStore");
indexTests(yamlFormat);
pagingTests(yamlFormat, built, "openYamlSessionStore");
lockingTests(yamlFormat, built, "openYamlSessionStore");
