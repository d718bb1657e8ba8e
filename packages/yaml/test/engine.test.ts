import { codecTests } from "../../file/test/codec-tests.js";
import { durabilityTests } from "../../file/test/durability-tests.js";
import { formatTests } from "../../file/test/format-tests.js";
import { handEditTests } from "../../file/test/hand-edit-tests.js";
import { lockingTests } from "../../file/test/locking-tests.js";
import { obstacleTests } from "../../file/test/obstacle-tests.js";
import { transcriptTests } from "../../file/test/transcript-tests.js";
import { yamlFormat } from "./format.js";

codecTests(yamlFormat);
transcriptTests(yamlFormat);
handEditTests(yamlFormat);
durabilityTests(yamlFormat);
formatTests(yamlFormat);
obstacleTests(yamlFormat);
lockingTests(yamlFormat, new URL("../dist/index.js", import.meta.url).href, "openYamlSessionStore");
