import * as pulumi from "@pulumi/pulumi";
import { gpuDemand } from "../../gpu";
import { LIBRARY_PATH } from "../../storage";
import { fromPod, tcp, Workload, type ExistingClaim, type Mount, type Scratch } from "../../workload";
import { pulled, RESOURCES, RUN_AS, TOOLS_ID, type TranscodeAccess } from "./access";
import { IDENTITY, type TranscodeWorkersArgs } from "./args";
import { PLACES, SSH_PORT, WORKER_FOLDERS } from "./places";
import { prepareWorker } from "./tools-scripts";

/** Jellyfin, as far as a worker has to do with it. */
export interface Served {
    readonly workload: Workload;
    readonly config: ExistingClaim;
}

const TEMPORARY: Scratch = { kind: "scratch", name: "tmp", sizeLimit: "2Gi" };

const PROBES = {
    startup: { check: tcp("ssh"), everySeconds: 2, timeoutSeconds: 2, failures: 60 },
    readiness: { check: tcp("ssh"), everySeconds: 5, timeoutSeconds: 2, failures: 2 },
    // A worker that computes for three films answers late.
    liveness: { check: tcp("ssh"), everySeconds: 15, timeoutSeconds: 5, failures: 6 },
};

/**
 * Machines for ffmpeg: Jellyfin's own image with sshd in place of Jellyfin, as the same user and with the same files at the same
 * paths. None has a right, a way to the internet, or a way to anything but the cluster's DNS. None keeps anything, and none is
 * protected.
 */
export class TranscodeWorkers extends pulumi.ComponentResource {
    readonly workload: Workload;

    constructor(
        name: string,
        args: TranscodeWorkersArgs & { readonly access: TranscodeAccess; readonly serves: Served },
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("homelab:apps:TranscodeWorkers", name, { replicas: args.replicas }, { ...opts, protect: false });
        const { access, graphics, image, namespace, replicas, resources, serves } = args;
        const gpu = gpuDemand(graphics);
        this.workload = new Workload(
            `${name}-ssh`,
            {
                identity: IDENTITY,
                namespace,
                ...pulled(image),
                // All at once: no worker waits for another. More than one on a host is welcome, as long as they are spread.
                run: { kind: "StatefulSet", replicas, podManagement: "Parallel", spread: "evenly" },
                ...gpu.pod,
                requires: { ...gpu.pod.requires, architectures: ["amd64"] },
                runAs: RUN_AS,
                // Jellyfin makes the folders that a worker mounts; made by the kubelet, they would be root's.
                after: [serves.workload.controller, ...gpu.after],
                init: [
                    {
                        name: "prepare",
                        image: image.reference,
                        command: ["/bin/sh", "-c", prepareWorker(PLACES)],
                        env: { POD_NAME: fromPod("metadata.name"), TOOLS_ID },
                        resources: RESOURCES,
                        mounts: [
                            ...access.mounts.prepare(access.hostKeys),
                            { volume: access.cache, path: PLACES.cache, readOnly: true },
                        ],
                    },
                ],
                container: {
                    name: "worker",
                    image: image.reference,
                    command: [`${PLACES.files}/worker.sh`],
                    env: gpu.env,
                    resources: {
                        cpu: `${resources.cpu}`,
                        memory: { request: "512Mi", limit: `${resources.memoryGiB}Gi` },
                        devices: gpu.devices,
                    },
                    mounts: [...access.mounts.run, ...sharedFiles(args)],
                    serves: { ports: { ssh: SSH_PORT }, probes: PROBES },
                },
            },
            { parent: this },
        );
        this.registerOutputs({ replicas });
    }
}

/** What ffmpeg reads and writes, where Jellyfin has it. */
function sharedFiles({
    access,
    library,
    serves,
}: {
    readonly access: TranscodeAccess;
    readonly library: TranscodeWorkersArgs["library"];
    readonly serves: Served;
}): Mount[] {
    return [
        { volume: access.cache, path: PLACES.cache },
        { volume: library.volume, path: LIBRARY_PATH, readOnly: true },
        ...WORKER_FOLDERS.map((folder) => ({
            volume: serves.config,
            path: `${PLACES.config}/${folder}`,
            subPath: folder,
            readOnly: true,
        })),
        { volume: TEMPORARY, path: "/tmp" },
    ];
}
