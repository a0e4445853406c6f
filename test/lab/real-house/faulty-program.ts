import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { Namespace } from "../../../components/namespace";
import { images } from "../../../components/versions";
import {
    fromSecret,
    tcp,
    Workload,
    type ContainerSpec,
    type Probe,
    type Probes,
    type Scratch,
} from "../../../components/workload";

/** Time that each object of the program has to become ready, seconds: enough for a start on a busy machine. */
export const LIMIT_SECONDS = 40;
export const NAMESPACE = "faults";

/** What is wrong with each workload; `good` has no mistake. */
export const faults = [
    "good",
    "wrong-port",
    "read-only-volume",
    "missing-key",
    "missing-image",
    "low-limit",
    "missing-program",
] as const;
export type Fault = (typeof faults)[number];

/** A tag that nobody ever published. */
export const MISSING_IMAGE = `${images.redis}-missing`;
/** Too little for what `low-limit` does. */
export const LOW_LIMIT = "24Mi";

const answer: Probe = { check: tcp("redis"), everySeconds: 1, timeoutSeconds: 1, failures: 2 * LIMIT_SECONDS };
const probes: Probes = { startup: answer, readiness: answer, liveness: answer };
const DATA: Scratch = { kind: "scratch", name: "data", sizeLimit: "16Mi" };

/** A Redis that writes everything down. */
const good: ContainerSpec = {
    name: "redis",
    image: images.redis,
    command: ["redis-server", "--port", "6379", "--dir", "/data", "--appendonly", "yes"],
    resources: { cpu: "10m", memory: { request: "16Mi", limit: "64Mi" } },
    mounts: [{ volume: DATA, path: "/data" }],
    serves: { ports: { redis: 6379 }, probes },
};

function container(fault: Fault, secretName: pulumi.Input<string>): ContainerSpec {
    switch (fault) {
        case "good":
            return { ...good, env: { WORD: fromSecret(secretName, "password") } };
        case "wrong-port":
            return { ...good, serves: { ports: { redis: 6380 }, probes } };
        case "read-only-volume":
            return { ...good, mounts: [{ volume: DATA, path: "/data", readOnly: true }] };
        case "missing-key":
            return { ...good, env: { WORD: fromSecret(secretName, "pasword") } };
        case "missing-image":
            return { ...good, image: MISSING_IMAGE };
        case "low-limit":
            return {
                ...good,
                // It keeps the last lines of what it reads, and here comes no end of the first one.
                command: ["/bin/sh", "-c", "echo reading it all; exec tail /dev/zero"],
                resources: { cpu: "10m", memory: { request: "16Mi", limit: LOW_LIMIT } },
            };
        case "missing-program":
            return { ...good, command: ["redis-sever"] };
    }
}

/** One workload with each mistake, beside a good one, in a namespace of their own. */
export function writeFaults(kubeconfig: string): void {
    const provider = new k8s.Provider("cluster", { kubeconfig });
    const options: pulumi.ComponentResourceOptions = {
        providers: [provider],
        transforms: [
            ({ props, opts }) => ({
                props,
                opts: pulumi.mergeOptions(opts, { customTimeouts: { create: `${LIMIT_SECONDS}s` } }),
            }),
        ],
    };
    const namespace = new Namespace(NAMESPACE, { podSecurity: "restricted", partOf: "test" }, options);
    const secret = new k8s.core.v1.Secret(
        "secret",
        { metadata: { name: "secret", namespace: namespace.name }, stringData: { password: "a-well-kept-word" } },
        { provider },
    );
    for (const fault of faults) {
        const workload = {
            identity: { name: fault, app: "redis", component: "cache", partOf: "test" },
            namespace: namespace.name,
            run: { kind: "Deployment", replicas: 1 } as const,
            runAs: { user: 999, group: 999 },
            graceSeconds: 2,
            container: container(fault, secret.metadata.name),
        };
        new Workload(fault, workload, options);
    }
}
