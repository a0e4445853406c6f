import { resolve } from "node:path";
import { labPaths } from "../../lab/paths";
import { tool } from "../../lab/toolchain/locate";
import type { ToolName } from "../../lab/toolchain/catalogue";

/**
 * Path of a tool that the lab builds, in the shared cache whatever the working directory is.
 * @throws Error with the command that builds it.
 */
export function testTool(name: ToolName): string {
    const { cache } = labPaths(resolve(__dirname, "..", ".."));
    return tool(name, { cache, env: process.env });
}

/**
 * A suite that is skipped, visibly, where a tool is not built: what only real machines need is not, where there can be
 * none.
 */
export function describeWith(name: ToolName, title: string, suite: (this: Mocha.Suite) => void): void {
    if (isBuilt(name)) describe(title, suite);
    else describe.skip(title, suite);
}

function isBuilt(name: ToolName): boolean {
    try {
        return testTool(name) !== "";
    } catch {
        return false;
    }
}
