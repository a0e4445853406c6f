import { CertManager } from "../components/certificates";
import { IntelGpuPlugin, type Gpu } from "../components/gpu";
import type { BlockVolumes, SharedVolumes } from "../components/storage";
import type { Secrets } from "../infra/config/load";
import type { HomelabConfig } from "../infra/config/schema";
import { gpuModels } from "../infra/inventory";
import type { Backup } from "./backup";
import type { Base } from "./base";
import { entrance, type Entrance } from "./entrance";
import { blockVolumes, sharedVolumes } from "./storage";

/** What applications stand on. */
export interface Platform {
    readonly block: BlockVolumes;
    readonly files: SharedVolumes;
    /** Kinds of GPU that pods can ask for, by model. */
    readonly gpus: ReadonlyMap<string, Gpu>;
    /** The way in, and the certificate that is shown there. */
    readonly entrance: Entrance;
}

export function platform(config: HomelabConfig, secrets: Secrets, base: Base, kept: Backup): Platform {
    const { providers, inventory } = base;
    const block = blockVolumes(config, providers, kept);
    const files = sharedVolumes(config, providers);
    const models = gpuModels(inventory);
    const gpus = new Map<string, Gpu>();
    const certManager = new CertManager("cert-manager", { providers });
    for (const model of models) {
        gpus.set(model, new IntelGpuPlugin(`gpu-${model}`, { model, certificates: certManager }, { providers }).gpu);
    }
    return { block, files, gpus, entrance: entrance(config, secrets, base, kept, certManager) };
}
