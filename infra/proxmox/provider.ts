import * as pulumi from "@pulumi/pulumi";
import * as proxmox from "@muhlba91/pulumi-proxmoxve";
import type { Host } from "../inventory";
import { admit } from "./admission";
import type { Observe, ProxmoxApi } from "./cluster-view";

export interface ProxmoxAccess {
    /** `https://<host>:8006/`. */
    readonly endpoint: string;
    /** Accept a certificate that nobody vouches for. */
    readonly insecure: boolean;
    readonly sshUsername: string;
    readonly apiToken: pulumi.Output<string>;
    /** One of these two; snippets have no API and go over SSH. */
    readonly sshPassword: pulumi.Output<string> | undefined;
    readonly sshPrivateKey: pulumi.Output<string> | undefined;
    readonly hosts: readonly Host[];
    /** Asked once before the provider gets its token. */
    readonly observe: Observe;
}

/** How to ask Proxmox without the provider; secret. */
export function proxmoxApi({ endpoint, insecure, apiToken }: ProxmoxAccess): pulumi.Output<ProxmoxApi> {
    return pulumi.secret(apiToken.apply((plain) => ({ endpoint, insecure, apiToken: plain })));
}

/**
 * The provider for all hosts; it gets its token when Proxmox has let us in and has the hosts of the plan. Their SSH
 * addresses are written out: guessed ones were wrong with several networks.
 */
export function proxmoxProvider(name: string, access: ProxmoxAccess, opts?: pulumi.ResourceOptions): proxmox.Provider {
    return new proxmox.Provider(
        name,
        {
            endpoint: access.endpoint,
            insecure: access.insecure,
            apiToken: proxmoxApi(access).apply(async (api) => {
                await admit(api, access.hosts, access.observe);
                return api.apiToken;
            }),
            ssh: {
                username: access.sshUsername,
                // Without it the agent of whoever runs the program would be asked first.
                agent: false,
                ...(access.sshPassword === undefined ? {} : { password: access.sshPassword }),
                ...(access.sshPrivateKey === undefined ? {} : { privateKey: access.sshPrivateKey }),
                nodes: access.hosts.map(({ name: node, address, sshPort }) => ({ name: node, address, port: sshPort })),
            },
        },
        opts,
    );
}
