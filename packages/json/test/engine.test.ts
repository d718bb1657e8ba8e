import { codecTests } from "../../file/test/codec-tests.js";
import { durabilityTests } from "../../file/test/durability-tests.js";
import { formatTests } from "../../file/test/format-tests.js";
import { handEditTests } from "../../file/test/hand-edit-tests.js";
import { lockingTests } from "../../file/test/locking-tests.js";
import { obstacleTests } from "../../file/test/obstacle-tests.js";
import { transcriptTests } from "../../file/test/transcript-tests.js";
import { jsonFormat } from "./format.js";

codecTests(jsonFormat);
transcriptTests(jsonFormat);
handEditTests(jsonFormat);
durabilityTests(jsonFormat);
formatTests(jsonFormat);
obstacleTests(jsonFormat);
lockingTests(jsonFormat, new URL("../dist/index.js", import.meta.url).href, "openJsonSessionStore");
