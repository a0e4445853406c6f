import type * as pulumi from "@pulumi/pulumi";
import { CertManager, PresentCertManager, type CertManagerHandle } from "../components/certificates";
import type { Graphics } from "../components/gpu";
import type { BlockVolumes, SharedVolumes } from "../components/storage";
import type { Secrets } from "../infra/config/load";
import { hasMachines, type HomelabConfig } from "../infra/config/schema";
import type { Backup } from "./backup";
import type { Base } from "./base";
import { clusterDns } from "./dns";
import { entrance, type Entrance } from "./entrance";
import { graphics } from "./graphics";
import { loadBalancer } from "./load-balancer";
import { blockVolumes, sharedVolumes, storageProof } from "./storage";

/** What applications stand on. */
export interface Platform {
    readonly block: BlockVolumes;
    readonly files: SharedVolumes;
    /** Proofs that each node can use both; empty where the house does without. */
    readonly storageProven: readonly pulumi.Resource[];
    /** What pictures are computed on. */
    readonly graphics: Graphics;
    /** The way in, and the certificate that is shown there. */
    readonly entrance: Entrance;
    /** Issues certificates inside the cluster. */
    readonly certificates: CertManagerHandle;
}

export function platform(config: HomelabConfig, secrets: Secrets, base: Base, kept: Backup): Platform {
    const { providers, inventory } = base;
    if (hasMachines(config)) {
        clusterDns(config, providers, inventory);
        loadBalancer(config, providers);
    }
    const certManager = certManagerOf(config, providers);
    const block = blockVolumes(config, providers, kept);
    const files = sharedVolumes(config, providers);
    return {
        block,
        files,
        storageProven: storageProof(config, base, block, files),
        graphics: graphics(config, base, certManager),
        entrance: entrance(config, secrets, base, kept, certManager),
        certificates: certManager,
    };
}

function certManagerOf({ cluster }: HomelabConfig, providers: pulumi.ProviderResource[]): CertManagerHandle {
    return cluster.kind === "existing" && cluster.certManager === "present"
        ? new PresentCertManager("cert-manager", { providers })
        : new CertManager("cert-manager", { providers });
}
