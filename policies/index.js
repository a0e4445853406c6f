// The runner requires this file as plain JavaScript. tsx compiles the rest without type-checking it: `npm run check`
// has done that already, and a preview should not wait for it again. What Node compiled is kept for the next preview, and
// written at once, because the engine ends this process by a signal. Node 20 has no such cache.
const { enableCompileCache, flushCompileCache } = require("node:module");

enableCompileCache?.();
require("./unused-parts.js");
require("./decode-once.js");
require("tsx/cjs");
require("./pack.ts");
flushCompileCache?.();
