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
