// The runner requires this file as plain JavaScript. tsx compiles the rest without type-checking it: `npm run check`
// has done that already, and a preview should not wait for it again.
require("tsx/cjs");
require("./decode-once.js");
require("./pack.ts");
