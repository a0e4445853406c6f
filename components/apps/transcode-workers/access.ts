import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { PodAddition } from "../jellyfin";
import { rffmpeg } from "../../versions";
import {
    fromPod,
    objectLabels,
    Workload,
    type ExistingClaim,
    type KeyFiles,
    type Mount,
    type Scratch,
} from "../../workload";
import { IDENTITY, podNames, type TranscodeWorkersArgs } from "./args";
import { transcodeFiles } from "./files";
import { WorkerKeys } from "./keys";
import { PLACES, SSH_PORT, USER, WORKER_FOLDERS } from "./places";
import { SharedCache } from "./shared-cache";
import { installTools, prepareServer } from "./tools-scripts";

const INSTALL = installTools(PLACES);
/** Another script or another rffmpeg is another folder of tools, beside the one that running pods came from. */
export const TOOLS_ID = createHash("sha256")
    .update(INSTALL + rffmpeg.sha256)
    .digest("hex")
    .slice(0, 12);

const TOOLS: Scratch = { kind: "scratch", name: "ffmpeg-tools", sizeLimit: "512Mi" };
/** In memory: a private key lies on no disk. */
const STATE: Scratch = { kind: "scratch", name: "ffmpeg-state", sizeLimit: "64Mi", medium: "Memory" };

/**
 * Has `up` wait until the job is there, and no longer: without the internet Jellyfin comes up all the same. Not
 * `pulumi.com/skipAwait`, by which the provider would not wait for a job's end when it is deleted either, and make the next one of
 * that name while the old one still goes (`allowsSkipAwaitWithDelete` in provider/pkg/metadata/overrides.go).
 */
const NOT_WAITED_FOR = { "pulumi.com/waitFor": "jsonpath={.metadata.uid}" } as const;

/**
 * How long a starting pod of Jellyfin waits for the tools. They are fetched meanwhile, in one or two minutes where the internet
 * answers; a pod that did not wait would have no worker until its next start.
 */
const WAIT_SECONDS = 180;

export const RESOURCES = { cpu: "100m", memory: { request: "64Mi", limit: "512Mi" } } as const;
export const RUN_AS = { user: USER, group: USER, volumeGroup: USER } as const;

/** What every pod that transcodes or sends there sees. */
export interface TranscodeMounts {
    /** Of the init container, which alone sees the keys. */
    prepare(keys: KeyFiles): Mount[];
    readonly run: readonly Mount[];
}

/**
 * All that Jellyfin needs to hand its work to workers, before one of them is there: keys, settings, tools, the volume that both
 * have. Until a worker answers, Jellyfin transcodes by itself. All of it can be made again, the keys too, so nothing is protected.
 */
export class TranscodeAccess extends pulumi.ComponentResource {
    readonly cache: ExistingClaim;
    readonly mounts: TranscodeMounts;
    readonly hostKeys: KeyFiles;
    /** What Jellyfin's pods get. */
    readonly addition: PodAddition;

    constructor(name: string, args: TranscodeWorkersArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:apps:TranscodeAccess", name, { replicas: args.replicas }, { ...opts, protect: false });
        const { namespace, files, cacheSize } = args;
        const pods = podNames(args.replicas);
        const keys = new WorkerKeys(`${name}-keys`, { namespace, identity: IDENTITY, pods }, { parent: this });
        this.hostKeys = keys.hostFiles;
        this.cache = new SharedCache(`${name}-cache`, { namespace, files, size: cacheSize }, { parent: this }).volume;
        const hosts = pulumi
            .output(namespace)
            .apply((place) => pods.map((pod) => `${pod}.${IDENTITY.name}-pods.${place}.svc`));
        this.mounts = mountsOf(this.createFiles(name, namespace, hosts, keys));
        this.createTools(name, args);
        this.addition = this.additionOf(args, hosts, keys);
        this.registerOutputs();
    }

    private createFiles(
        name: string,
        namespace: pulumi.Input<string>,
        hosts: pulumi.Output<string[]>,
        keys: WorkerKeys,
    ) {
        const known = pulumi.all([hosts, keys.client, pulumi.all(keys.hosts)]);
        const data = known.apply(([names, clientKey, hostKeys]) =>
            transcodeFiles(PLACES, {
                port: SSH_PORT,
                workers: names.map((host, index) => ({ host, key: hostKeys[index] ?? "" })),
                clientKey,
            }),
        );
        const metadata = { name: `${IDENTITY.name}-files`, namespace, labels: objectLabels(IDENTITY) };
        return new k8s.core.v1.ConfigMap(`${name}-files`, { metadata, data }, { parent: this });
    }

    /** Nothing waits for it but the pods themselves. One that failed is made anew by the next `up`. */
    private createTools(name: string, { image, namespace }: TranscodeWorkersArgs): void {
        const work: Scratch = { kind: "scratch", name: "work", sizeLimit: "1Gi" };
        new Workload(
            `${name}-tools`,
            {
                identity: { ...IDENTITY, name: "transcode-tools", component: "transcode-tools" },
                namespace,
                annotations: NOT_WAITED_FOR,
                ...pulled(image),
                run: { kind: "Job", retries: 10, deadlineSeconds: 1800 },
                runAs: RUN_AS,
                requires: { architectures: ["amd64"] },
                reaches: [{ kind: "internet", ports: [80, 443] }],
                container: {
                    name: "install",
                    image: image.reference,
                    command: ["/bin/sh", "-c", INSTALL],
                    env: {
                        TOOLS_ID,
                        RFFMPEG_URL: rffmpeg.url,
                        RFFMPEG_SHA256: rffmpeg.sha256,
                        WORK: "/tmp",
                    },
                    resources: RESOURCES,
                    mounts: [
                        { volume: this.cache, path: PLACES.cache },
                        { volume: work, path: "/tmp" },
                    ],
                },
            },
            { parent: this },
        );
    }

    private additionOf(
        { image, namespace }: TranscodeWorkersArgs,
        hosts: pulumi.Output<string[]>,
        keys: WorkerKeys,
    ): PodAddition {
        return {
            sharedCache: this.cache,
            env: {
                JELLYFIN_FFMPEG: `${PLACES.files}/ffmpeg`,
                // What Jellyfin unpacks for ffmpeg, workers must see.
                TMPDIR: `${PLACES.cache}/$(POD_NAME)/tmp`,
            },
            mounts: this.mounts.run,
            // Workers mount these; made for their sake alone, they would be root's.
            folders: WORKER_FOLDERS,
            init: [
                {
                    name: "transcode-prepare",
                    image: image.reference,
                    command: ["/bin/sh", "-c", prepareServer(PLACES)],
                    env: {
                        POD_NAME: fromPod("metadata.name"),
                        TOOLS_ID,
                        WAIT_SECONDS: `${WAIT_SECONDS}`,
                        WORKERS: { kind: "output", value: hosts.apply((names) => names.join(" ")) },
                    },
                    resources: RESOURCES,
                    mounts: [...this.mounts.prepare(keys.clientFiles), { volume: this.cache, path: PLACES.cache }],
                },
            ],
            reaches: [{ kind: "workload", identity: IDENTITY, namespace, port: SSH_PORT }],
        };
    }
}

export function pulled({ pullSecret }: TranscodeWorkersArgs["image"]) {
    return pullSecret === undefined ? {} : { pullSecrets: [pullSecret] };
}

function mountsOf(files: k8s.core.v1.ConfigMap): TranscodeMounts {
    const settings: KeyFiles = {
        kind: "config-files",
        name: "transcode-files",
        objectName: files.metadata.name,
        mode: 0o555,
    };
    const shared: Mount[] = [
        { volume: settings, path: PLACES.files, readOnly: true },
        { volume: settings, path: "/etc/passwd", subPath: "users", readOnly: true },
        { volume: STATE, path: PLACES.state },
    ];
    return {
        run: [...shared, { volume: TOOLS, path: PLACES.tools, readOnly: true }],
        prepare: (keys) => [
            ...shared,
            { volume: TOOLS, path: PLACES.tools },
            { volume: { ...keys, name: "transcode-keys" }, path: PLACES.keys, readOnly: true },
        ],
    };
}
