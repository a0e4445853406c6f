import { join } from "node:path";
import { labPaths } from "../../paths";
import { tfplugin6Proto, tool } from "../../toolchain/locate";
import type { ProviderFactory } from "../kit/provider";
import { TerraformBridge } from "./bridge";
import type { Tools } from "./process";

/** The tools of the lab whose folder is the working directory. @throws when the provider is not built yet. */
function labTools(): Tools {
    const paths = labPaths(".");
    return {
        binary: tool("terraform-provider-proxmox"),
        proto: tfplugin6Proto(),
        logFile: join(paths.logs, "terraform-provider-proxmox.log"),
        folder: join(paths.run, "terraform-provider-proxmox"),
    };
}

/** The `proxmoxve` plugin: the real Terraform provider for Proxmox VE behind a bridge. */
export const createProvider: ProviderFactory = () => new TerraformBridge(labTools);

/** The same with tools of the caller's choice. */
export function createBridge(tools: Tools): ReturnType<ProviderFactory> {
    return new TerraformBridge(() => tools);
}
