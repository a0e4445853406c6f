import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { RealChassis } from "../../../../lab/cluster/real/chassis";
import { GUEST_PATHS } from "../../../../lab/cluster/real/guest";
import { nodePrograms } from "../../../../lab/cluster/real/node";
import { prepareMachineRoot } from "../../../../lab/images/machine-root";
import { imageTools, type ImageRecipe } from "../../../../lab/images/recipe";
import { ensureImageStore } from "../../../../lab/images/store";
import type { LabPaths } from "../../../../lab/paths";
import type { ToolName } from "../../../../lab/toolchain/catalogue";
import { kubeletProtocol } from "../../../../lab/toolchain/locate";
import { testTool } from "../../../support/tools";
import { SLOT } from "../house";

export interface MachinesOptions {
    readonly paths: LabPaths;
    /** All that their containerd has; what else a pod asks for is not there. */
    readonly images: readonly ImageRecipe[];
    /** Programs in those images, beside those of every house. */
    readonly programs: readonly ToolName[];
    readonly hasAddressPools: boolean;
}

/** What real machines are made of, for a cluster of a few and without the rest of a house. */
export async function realMachines(options: MachinesOptions): Promise<RealChassis> {
    const { paths, images, programs, hasAddressPools } = options;
    for (const folder of [paths.logs, paths.run]) mkdirSync(folder, { recursive: true });
    const places = { cache: paths.cache, env: process.env };
    const tools = { ...toolsOf([...imageTools, "containerd", "ctr"]), ...toolsOf(programs) };
    const store = await ensureImageStore({ ...places, tools, images });
    return RealChassis.open({
        ...{ paths, slot: SLOT, pull: false, hasAddressPools, log: () => undefined },
        programs: toolsOf(nodePrograms),
        protoFiles: {
            csi: kubeletProtocol("csi.proto", places),
            pluginRegistration: kubeletProtocol("plugin-registration.proto", places),
            devicePlugin: kubeletProtocol("device-plugin.proto", places),
        },
        images: {
            guestRoot: store.guestRoot,
            shared: dirname(store.containerdRoot),
            prepare: async (root) => {
                await prepareMachineRoot(store, root, join(GUEST_PATHS.images, "containerd"));
            },
        },
        resolver: { program: testTool("coredns"), addresses: [] },
        ...{ shares: [], apiServers: [], aws: undefined },
    });
}

function toolsOf<Name extends ToolName>(names: readonly Name[]): Record<Name, string> {
    // The keys are exactly the names, which Object.fromEntries cannot say in its type.
    return Object.fromEntries(names.map((name) => [name, testTool(name)])) as Record<Name, string>;
}
