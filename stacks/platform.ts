import { CertManager } from "../components/certificates/cert-manager";
import { IntelGpuPlugin, type Gpu } from "../components/gpu";
import { BlockStorage, FileStorage } from "../components/storage";
import type { PodsElsewhere } from "../components/workload";
import type { MachineHouse } from "../infra/config/schema";
import { gpuModels } from "../infra/inventory";
import type { Backup } from "./backup";
import type { Base } from "./base";

/** What applications stand on. */
export interface Platform {
    readonly block: BlockStorage;
    readonly files: FileStorage;
    /** Kinds of GPU that pods can ask for, by model. */
    readonly gpus: ReadonlyMap<string, Gpu>;
    /** Pods through which requests come in. */
    readonly ingress: PodsElsewhere;
}

export function platform(config: MachineHouse, { providers, inventory }: Base, kept: Backup): Platform {
    const { protectData } = config.house;
    const block = new BlockStorage(
        "block",
        {
            replicas: config.storage.blockReplicas,
            disposable: !protectData,
            backups: kept.storage?.longhorn,
        },
        { providers, protect: protectData },
    );
    const files = new FileStorage("files", { nas: config.storage.nas }, { providers });
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
        namespace: "kube-system",
        labels: { "app.kubernetes.io/name": "traefik" },
    };
    return { block, files, gpus, ingress };
}
