const { createRequire } = require("node:module");
const { AnalyzerService } = require("@pulumi/pulumi/proto/analyzer_grpc_pb");

/*
 * Takes out of the SDK what no rule uses and every preview would wait for. Plain JavaScript, because the SDK's own module
 * objects have to be changed, of which TypeScript's imports are copies.
 */

// The SDK loads all of npm, more than everything else together, to find the packages that a function sent to a cloud needs.
leaveOut("@npmcli/arborist");

// Each resource is sent twice, first to be remedied. The engine takes a pack that does not serve that call for one that
// remedies nothing, and a rule only judges.
delete AnalyzerService.remediate;

/** Puts an empty module in the place of one of the SDK's dependencies; nothing where it has no such dependency. */
function leaveOut(name) {
    try {
        const file = createRequire(require.resolve("@pulumi/pulumi/package.json")).resolve(name);
        require.cache[file] = { id: file, filename: file, loaded: true, exports: {} };
    } catch (error) {
        if (error.code !== "MODULE_NOT_FOUND") throw error;
    }
}
