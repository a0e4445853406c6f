import * as pulumi from "@pulumi/pulumi";
import {
    makeClass,
    nfsFreshOptions,
    SharedClaim,
    sharedClass,
    type MadeClass,
    type SharedVolumes,
} from "../../storage";
import type { ExistingClaim } from "../../workload";

export interface SharedCacheArgs {
    readonly namespace: pulumi.Input<string>;
    readonly files: SharedVolumes;
    readonly size: string;
}

/** The volume on which workers write what Jellyfin sends out, seen within a second. On a class of the cluster it is as fresh as that. */
export class SharedCache extends pulumi.ComponentResource {
    readonly volume: ExistingClaim;

    constructor(name: string, args: SharedCacheArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:apps:SharedCache", name, { size: args.size }, opts);
        const { files, namespace, size } = args;
        const ofClass = files.kind === "nas" ? this.freshClass(name, files) : undefined;
        const claim = new SharedClaim(
            `${name}-claim`,
            {
                files,
                ofClass,
                claimName: "transcode-cache",
                namespace,
                size,
                dispensable: "films are transcoded again",
            },
            { parent: this },
        );
        this.volume = claim.volume;
        this.registerOutputs();
    }

    private freshClass(name: string, { nas, release }: Extract<SharedVolumes, { kind: "nas" }>): MadeClass {
        const fresh = sharedClass("files-fresh", nas, nfsFreshOptions(nas));
        return makeClass(`${name}-class`, fresh, { parent: this, dependsOn: release });
    }
}
