import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import { holdsNoData } from "../holds-no-data";
import { workloadProblems } from "./checks";
import { createController, type Controller } from "./controller";
import { objectLabels, selectorLabels, type Identity } from "./identity";
import { admission, ownPolicy, type Admitted, type Destination, type Reachable } from "./network";
import { podTemplate, podVolumes, type PodArgs } from "./pod";
import { rolloutOptions } from "./rollout";
import { dispensable, replicasOf, type Run } from "./run";
import { governingServiceArgs, serviceArgs } from "./service";
import { claimsComeAfter } from "./volumes";
import { weakenAnnotations, type Weaken } from "./weaken";

export interface WorkloadArgs extends PodArgs {
    readonly identity: Identity;
    readonly namespace: pulumi.Input<string>;
    readonly run: Run;
    /** Pods that are no workload of ours and may come in, on every served port. */
    readonly admits?: readonly Admitted[];
    /** Where it may go, besides the cluster's DNS. A workload's handle opens the door on the other side too. */
    readonly reaches?: readonly Destination[];
    /**
     * What must be ready before its pods start, where no value of it is used here. Recorded for the pods' own object:
     * a dependency of a component is forgotten when things are deleted.
     */
    readonly after?: readonly pulumi.Resource[];
    /** On the object that keeps its pods, for people and programs that look at it. */
    readonly annotations?: Readonly<Record<string, string>>;
    /** Defaults that are given up, each with a reason, an owner and a last day. */
    readonly weaken?: Weaken;
}

/**
 * The only way to run a container. Non-root, read-only, without capabilities or token, with default-deny network; with
 * two replicas or more they are spread over hosts, required, and a disruption budget holds one back. Only a StatefulSet whose
 * claims hold data takes protection over from above.
 */
export class Workload extends pulumi.ComponentResource {
    readonly identity: Identity;
    readonly namespace: pulumi.Input<string>;
    readonly controller: Controller;
    /** `undefined` where no port is served. */
    readonly service: k8s.core.v1.Service | undefined;
    /** How many pods are wanted; 1 where the kind does not say. */
    readonly replicas: number;
    private readonly ports: Readonly<Record<string, number>>;

    constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
        const { identity, namespace, run } = args;
        const replicas = replicasOf(run);
        const reason = dispensable(run);
        super(
            "homelab:workload:Workload",
            name,
            { identity, kind: run.kind, replicas },
            reason === undefined ? opts : { ...opts, protect: false },
        );
        const weaken = args.weaken ?? {};
        const problems = workloadProblems(identity, run, args, weaken);
        if (problems.length > 0) {
            const lines = problems.map(({ propertyPath, reason }) => `${name}.${propertyPath}: ${reason}`);
            throw new pulumi.InputPropertiesError({ message: lines.join("\n"), errors: problems });
        }
        this.identity = identity;
        this.namespace = namespace;
        this.replicas = replicas;
        this.ports = servedPorts(args);
        const account = this.createAccount(name, weaken["api-token"] !== undefined);
        this.createNetwork(name, args);
        this.service = this.createServices(name, run);
        const template = podTemplate(identity, run, args, account.metadata.name, weaken);
        const controllerName = `${name}-${run.kind.toLowerCase()}`;
        this.controller = createController(
            controllerName,
            run,
            identity,
            namespace,
            { ...controllerAnnotations(args), ...weakenAnnotations(weaken) },
            template,
            {
                parent: this,
                dependsOn: [...(args.after ?? []), ...claimsComeAfter(podVolumes(args))],
                ...(run.kind === "StatefulSet" ? rolloutOptions(controllerName, run, identity, namespace, args) : {}),
            },
        );
        this.createBudget(name, run);
        this.registerOutputs({ name: identity.name });
    }

    /**
     * The handle for those who talk to this workload.
     * @param portName name of a served port; default: the first.
     */
    reachable(portName?: string): Reachable {
        const served = portName ?? Object.keys(this.ports)[0];
        const port = served === undefined ? undefined : this.ports[served];
        if (port === undefined) {
            const names = Object.keys(this.ports).join(", ") || "no port";
            throw new pulumi.ResourceError(`no port "${portName ?? ""}" is served; it serves ${names}`, this);
        }
        return { kind: "workload", identity: this.identity, namespace: this.namespace, port };
    }

    /** Name of the Service inside the cluster, `<name>.<namespace>.svc`. */
    get hostname(): pulumi.Output<string> {
        return pulumi.interpolate`${this.identity.name}.${this.namespace}.svc`;
    }

    /**
     * Options of what is around the pods: it holds nothing, a change of the configuration takes some of it away, and the engine
     * refuses to delete what is protected.
     */
    private get around(): pulumi.CustomResourceOptions {
        return { parent: this, protect: false };
    }

    private get metadata() {
        return { name: this.identity.name, namespace: this.namespace, labels: objectLabels(this.identity) };
    }

    private createAccount(name: string, withToken: boolean): k8s.core.v1.ServiceAccount {
        return new k8s.core.v1.ServiceAccount(
            `${name}-account`,
            { metadata: this.metadata, automountServiceAccountToken: withToken },
            this.around,
        );
    }

    private createNetwork(name: string, args: WorkloadArgs): void {
        const reaches = args.reaches ?? [];
        const policy = ownPolicy(args.identity, args.namespace, Object.values(this.ports), args.admits ?? [], reaches);
        new k8s.networking.v1.NetworkPolicy(`${name}-network`, policy, this.around);
        for (const destination of reaches) {
            if (destination.kind === "workload") {
                new k8s.networking.v1.NetworkPolicy(
                    `${name}-to-${destination.identity.name}`,
                    admission(args.identity, args.namespace, destination),
                    this.around,
                );
            }
        }
    }

    private createServices(name: string, run: Run): k8s.core.v1.Service | undefined {
        if (Object.keys(this.ports).length === 0) {
            return undefined;
        }
        if (run.kind === "StatefulSet") {
            const governing = governingServiceArgs(this.identity, this.namespace, this.ports);
            new k8s.core.v1.Service(`${name}-pods`, governing, this.around);
        }
        const service = serviceArgs(this.identity, this.namespace, this.ports);
        return new k8s.core.v1.Service(`${name}-service`, service, this.around);
    }

    private createBudget(name: string, run: Run): void {
        if (replicasOf(run) < 2) {
            return;
        }
        new k8s.policy.v1.PodDisruptionBudget(
            `${name}-budget`,
            {
                metadata: this.metadata,
                spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels(this.identity) } },
            },
            this.around,
        );
    }
}

/** Those of the object that keeps the pods. A StatefulSet is taken for data where it does not say why it has none. */
function controllerAnnotations({ run, annotations }: WorkloadArgs): Record<string, string> {
    const reason = run.kind === "StatefulSet" ? dispensable(run) : undefined;
    return { ...(reason === undefined ? {} : holdsNoData(reason)), ...annotations };
}

/** Ports of all containers by name; a port that two containers name belongs to the first. */
function servedPorts(pod: PodArgs): Readonly<Record<string, number>> {
    const ports: Record<string, number> = {};
    for (const container of [pod.container, ...(pod.sidecars ?? [])]) {
        for (const [name, port] of Object.entries(container.serves?.ports ?? {})) {
            ports[name] ??= port;
        }
    }
    return ports;
}
