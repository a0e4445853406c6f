import type * as pulumi from "@pulumi/pulumi";
import type { types } from "@pulumi/kubernetes";
import { probesSpec, type Probes } from "./probes";
import { containerSecurity } from "./security";
import { mountSpec, type Mount } from "./volumes";
import type { Weaken } from "./weaken";

/** Where a variable's value comes from, when it is not a plain string. */
export type EnvSource =
    | { readonly kind: "output"; readonly value: pulumi.Input<string> }
    | {
          readonly kind: "secret";
          readonly secretName: pulumi.Input<string>;
          readonly key: string;
          /** Whether the variable is left out where there is no such key; else the pod does not start. Default false. */
          readonly optional?: boolean;
      }
    | { readonly kind: "pod"; readonly field: "metadata.name" | "spec.nodeName" | "status.podIP" };

/** Variables in order: `$(NAME)` may use only names that stand above it. */
export type Env = Readonly<Record<string, string | EnvSource>>;

export function fromOutput(value: pulumi.Input<string>): EnvSource {
    return { kind: "output", value };
}

/** The value never passes through the program: the kubelet reads it from the secret. */
export function fromSecret(secretName: pulumi.Input<string>, key: string): EnvSource {
    return { kind: "secret", secretName, key };
}

export function fromPod(field: "metadata.name" | "spec.nodeName" | "status.podIP"): EnvSource {
    return { kind: "pod", field };
}

/** What a container may use. Quantities as in Kubernetes: `250m`, `512Mi`. */
export interface Resources {
    /** CPU that is reserved. There is no CPU limit by default: it would only throttle an idle machine. */
    readonly cpu: string;
    /** Memory reserved, and the most it may take before it is killed. */
    readonly memory: { readonly request: string; readonly limit: string };
    readonly cpuLimit?: string;
    /** Devices by the resource name of their plugin, for example `gpu.intel.com/i915`. */
    readonly devices?: Readonly<Record<string, number>>;
}

export interface ContainerSpec {
    /** Default: the workload's app. */
    readonly name?: string;
    /** From `versions.ts`, or a handle to a repository; never `latest`. */
    readonly image: pulumi.Input<string>;
    readonly command?: readonly string[];
    readonly args?: readonly string[];
    readonly env?: Env;
    readonly resources: Resources;
    readonly mounts?: readonly Mount[];
    /** What it serves: port numbers by name. Who serves a port answers all three probes. */
    readonly serves?: {
        readonly ports: Readonly<Record<string, number>>;
        /** Those of UDP, which a Service of its own has to serve; names of their own. */
        readonly udpPorts?: Readonly<Record<string, number>>;
        readonly probes: Probes;
    };
    readonly preStop?: readonly string[];
    readonly postStart?: readonly string[];
}

function envSpec([name, source]: [string, string | EnvSource]): types.input.core.v1.EnvVar {
    if (typeof source === "string") {
        return { name, value: source };
    }
    switch (source.kind) {
        case "output":
            return { name, value: source.value };
        case "secret":
            return {
                name,
                valueFrom: {
                    secretKeyRef: {
                        name: source.secretName,
                        key: source.key,
                        ...(source.optional === true ? { optional: true } : {}),
                    },
                },
            };
        case "pod":
            return { name, valueFrom: { fieldRef: { fieldPath: source.field } } };
    }
}

function resourcesSpec(resources: Resources): types.input.core.v1.ResourceRequirements {
    const devices: Record<string, string> = {};
    for (const [name, count] of Object.entries(resources.devices ?? {})) {
        devices[name] = String(count);
    }
    return {
        // Devices are limits; Kubernetes copies them to the requests.
        requests: { cpu: resources.cpu, memory: resources.memory.request },
        limits: {
            memory: resources.memory.limit,
            ...(resources.cpuLimit === undefined ? {} : { cpu: resources.cpuLimit }),
            ...devices,
        },
    };
}

function lifecycleSpec(container: ContainerSpec): Pick<types.input.core.v1.Container, "lifecycle"> {
    const { preStop, postStart } = container;
    if (preStop === undefined && postStart === undefined) {
        return {};
    }
    return {
        lifecycle: {
            ...(preStop === undefined ? {} : { preStop: { exec: { command: [...preStop] } } }),
            ...(postStart === undefined ? {} : { postStart: { exec: { command: [...postStart] } } }),
        },
    };
}

/** @param defaultName name of a container that brings none. */
export function containerSpec(
    container: ContainerSpec,
    defaultName: string,
    weaken: Weaken,
    addCapabilities: readonly string[],
): types.input.core.v1.Container {
    const ports = [
        ...Object.entries(container.serves?.ports ?? {}).map(([name, port]) => ({ name, port, protocol: "TCP" })),
        ...Object.entries(container.serves?.udpPorts ?? {}).map(([name, port]) => ({ name, port, protocol: "UDP" })),
    ];
    return {
        name: container.name ?? defaultName,
        image: container.image,
        imagePullPolicy: "IfNotPresent",
        ...(container.command === undefined ? {} : { command: [...container.command] }),
        ...(container.args === undefined ? {} : { args: [...container.args] }),
        ...(container.env === undefined ? {} : { env: Object.entries(container.env).map(envSpec) }),
        ...(ports.length === 0
            ? {}
            : { ports: ports.map(({ name, port, protocol }) => ({ name, containerPort: port, protocol })) }),
        resources: resourcesSpec(container.resources),
        ...(container.mounts === undefined ? {} : { volumeMounts: container.mounts.map(mountSpec) }),
        ...(container.serves === undefined ? {} : probesSpec(container.serves.probes)),
        ...lifecycleSpec(container),
        securityContext: containerSecurity(weaken, addCapabilities),
    };
}
