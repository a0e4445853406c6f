import { CertManager } from "../components/certificates/cert-manager";
import { IntelGpuPlugin, type Gpu } from "../components/gpu";
import type { BlockVolumes, SharedVolumes } from "../components/storage";
import type { PodsElsewhere } from "../components/workload";
import type { HomelabConfig } from "../infra/config/schema";
import { gpuModels } from "../infra/inventory";
import type { Backup } from "./backup";
import type { Base } from "./base";
import { blockVolumes, sharedVolumes } from "./storage";

/** What applications stand on. */
export interface Platform {
    readonly block: BlockVolumes;
    readonly files: SharedVolumes;
    /** Kinds of GPU that pods can ask for, by model. */
    readonly gpus: ReadonlyMap<string, Gpu>;
    /** Pods through which requests come in. */
    readonly ingress: PodsElsewhere;
}

export function platform(config: HomelabConfig, { providers, inventory }: Base, kept: Backup): Platform {
    const block = blockVolumes(config, providers, kept);
    const files = sharedVolumes(config, providers);
    const models = gpuModels(inventory);
    const gpus = new Map<string, Gpu>();
    if (models.length > 0) {
        const certificates = new CertManager("cert-manager", { providers });
        for (const model of models) {
            gpus.set(model, new IntelGpuPlugin(`gpu-${model}`, { model, certificates }, { providers }).gpu);
        }
    }
    const ingress: PodsElsewhere = {
        kind: "pods",
        // On machines of ours it is the one that k3s brings.
        namespace: config.cluster.kind === "existing" ? config.cluster.ingress.namespace : "kube-system",
        labels: { "app.kubernetes.io/name": "traefik" },
    };
    return { block, files, gpus, ingress };
}
