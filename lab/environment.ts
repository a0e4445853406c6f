import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { labAwsEnvironment } from "./aws/moto";
import type { House } from "./house";
import type { LabPaths } from "./paths";
import { passphraseFile } from "./project";
import type { Credentials } from "./proxmox/credentials";

/** Folder with the lab's programs under their plain names; first on the `PATH` of everything that the lab starts. */
export function binFolder(paths: LabPaths): string {
    return join(paths.root, "bin");
}

/** Settings by which the engine finds the lab's state, plugins and language host. */
export function engineEnvironment(paths: LabPaths, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
    const searchPath = [binFolder(paths), join(paths.checkout, "node_modules", ".bin"), env["PATH"] ?? ""];
    return {
        PATH: searchPath.join(delimiter),
        PULUMI_HOME: paths.pulumiHome,
        PULUMI_BACKEND_URL: `file://${paths.state}`,
        PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(paths),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        ...(env["LAB_PROVIDERS"] === "released" ? {} : { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" }),
        ...labAwsEnvironment,
    };
}

/** Everything that points another program at the lab: kubectl, Pulumi, the AWS CLI, a client of Proxmox. */
export function clientEnvironment(
    paths: LabPaths,
    house: House,
    credentials: Credentials,
    authority: string,
): Record<string, string> {
    const host = house.hosts[0];
    return {
        ...engineEnvironment(paths),
        KUBECONFIG: paths.kubeconfig,
        ...(host && { PROXMOX_VE_ENDPOINT: `https://${host.address}:${house.apiPort}/` }),
        PROXMOX_VE_API_TOKEN: credentials.apiToken,
        PROXMOX_VE_CA_FILE: authority,
        ...(existsSync(paths.houseAuthority) && { HOUSE_CA_FILE: paths.houseAuthority }),
        ...(house.aws && {
            AWS_ENDPOINT_URL: `http://${house.aws.address}:${house.aws.port}`,
            AWS_REGION: house.aws.region,
            AWS_DEFAULT_REGION: house.aws.region,
        }),
    };
}
