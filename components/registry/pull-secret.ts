import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { MustSucceed } from "../must-succeed";
import { images } from "../versions";
import { fromOutput, objectLabels, Workload, type Destination, type Identity, type PodArgs } from "../workload";
import { REFRESH_SCRIPT } from "./refresh-script";

/** A registry at ECR, with a key that may pull from it and nothing else. */
export interface RegistryAccess {
    /** `<account>.dkr.ecr.<region>.amazonaws.com`. */
    readonly host: pulumi.Input<string>;
    readonly region: string;
    /** Another server that speaks AWS' APIs; `undefined`: AWS itself. */
    readonly endpoint: string | undefined;
    /** Secret. */
    readonly accessKeyId: pulumi.Output<string>;
    /** Secret. */
    readonly secretAccessKey: pulumi.Output<string>;
}

export interface PullSecretArgs {
    readonly namespace: pulumi.Input<string>;
    /** Area of the house, for the labels. */
    readonly partOf: string;
    readonly registry: RegistryAccess;
    /** The API server, as pods reach it behind `kubernetes.default.svc`. */
    readonly apiServer: readonly Destination[];
}

/** ECR's password is good for twelve hours; every six leaves room for one that fails. */
const SCHEDULE = "17 */6 * * *";
const WARN_AFTER_SECONDS = 7 * 3600;
const SECRET_NAME = "registry-pull";
const NOBODY = 65532;
const WORK = { kind: "scratch", name: "work", sizeLimit: "1Mi", medium: "Memory" } as const;

/**
 * The secret by which a namespace's pods pull from ECR, kept fresh. A Job writes it at once, so that the first pull
 * finds it; a CronJob every six hours. Both may change this one secret and nothing else.
 */
export class PullSecret extends pulumi.ComponentResource {
    /** Known once the first password is in it: whoever pulls with it waits for that. */
    readonly secretName: pulumi.Output<string>;
    readonly watch: MustSucceed;

    constructor(name: string, args: PullSecretArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:registry:PullSecret", name, { secretName: SECRET_NAME }, opts);
        const [first, refresh] = [identity("first", args.partOf), identity("refresh", args.partOf)];
        const secret = this.createSecret(name, args, refresh);
        const key = this.createKey(name, args, refresh);
        const binding = this.createRights(name, args, [first, refresh], secret);
        const pod = this.pod(args, key);
        const common = { ...pod, namespace: args.namespace, after: [binding], reaches: destinations(args) };
        const bounded = { retries: 4, deadlineSeconds: 600 };
        const job = new Workload(
            `${name}-first`,
            { ...common, identity: first, run: { kind: "Job", ...bounded }, weaken: { "api-token": TOKEN } },
            { parent: this },
        );
        new Workload(
            `${name}-refresh`,
            {
                ...common,
                identity: refresh,
                run: { kind: "CronJob", schedule: SCHEDULE, ...bounded },
                weaken: { "api-token": TOKEN },
            },
            { parent: this },
        );
        this.secretName = pulumi.all([secret.metadata.name, job.controller.id]).apply(([own]) => own);
        this.watch = {
            ...{ kind: "cron-job", namespace: args.namespace, name: refresh.name },
            withinSeconds: WARN_AFTER_SECONDS,
        };
        this.registerOutputs({ secretName: this.secretName });
    }

    /** Empty at first. What the Job wrote is the Job's: the program never takes it back. */
    private createSecret(name: string, { namespace }: PullSecretArgs, of: Identity): k8s.core.v1.Secret {
        return new k8s.core.v1.Secret(
            `${name}-secret`,
            {
                metadata: { name: SECRET_NAME, namespace, labels: objectLabels(of) },
                type: "kubernetes.io/dockerconfigjson",
                data: { ".dockerconfigjson": Buffer.from('{"auths":{}}').toString("base64") },
            },
            { parent: this, ignoreChanges: ["data"] },
        );
    }

    private createKey(name: string, { namespace, registry }: PullSecretArgs, of: Identity): k8s.core.v1.Secret {
        const { accessKeyId, secretAccessKey } = registry;
        const credentials = pulumi.interpolate`[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
        return new k8s.core.v1.Secret(
            `${name}-key`,
            {
                metadata: { name: `${SECRET_NAME}-key`, namespace, labels: objectLabels(of) },
                type: "Opaque",
                stringData: { credentials },
            },
            { parent: this },
        );
    }

    private createRights(name: string, args: PullSecretArgs, whose: readonly Identity[], secret: k8s.core.v1.Secret) {
        const [{ namespace }, own] = [args, whose.at(-1) ?? whose[0]];
        const metadata = {
            name: SECRET_NAME,
            namespace,
            labels: own === undefined ? {} : objectLabels(own),
        };
        const resourceNames = [secret.metadata.name];
        const role = new k8s.rbac.v1.Role(
            `${name}-role`,
            { metadata, rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames, verbs: ["patch"] }] },
            { parent: this },
        );
        return new k8s.rbac.v1.RoleBinding(
            `${name}-binding`,
            {
                metadata,
                roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
                subjects: whose.map((one) => ({ kind: "ServiceAccount", name: one.name, namespace })),
            },
            { parent: this },
        );
    }

    private pod({ registry }: PullSecretArgs, key: k8s.core.v1.Secret): PodArgs {
        const files = { kind: "secret-files", name: "key", objectName: key.metadata.name } as const;
        return {
            // The group owns the files of the key, which are closed to everybody else.
            runAs: { user: NOBODY, group: NOBODY, volumeGroup: NOBODY },
            container: {
                image: images.awsCli,
                command: ["/bin/sh", "-c", REFRESH_SCRIPT],
                env: {
                    REGISTRY: fromOutput(registry.host),
                    SECRET_NAME,
                    API_SERVER: "https://kubernetes.default.svc",
                    ACCOUNT_FILES: "/var/run/secrets/kubernetes.io/serviceaccount",
                    WORK: "/work",
                    HOME: "/work",
                    AWS_REGION: registry.region,
                    AWS_SHARED_CREDENTIALS_FILE: "/key/credentials",
                    // Not on a machine of Amazon's: without this the first request waits for one.
                    AWS_EC2_METADATA_DISABLED: "true",
                    ...(registry.endpoint === undefined ? {} : { AWS_ENDPOINT_URL: registry.endpoint }),
                },
                resources: { cpu: "50m", memory: { request: "128Mi", limit: "256Mi" } },
                mounts: [
                    { volume: WORK, path: "/work" },
                    { volume: files, path: "/key", readOnly: true },
                ],
            },
        };
    }
}

const TOKEN = {
    reason: "writes the registry's password into one secret through the API",
    owner: "platform",
    until: "2027-11-30",
} as const;

function identity(part: "first" | "refresh", partOf: string): Identity {
    return { name: `${SECRET_NAME}-${part}`, app: SECRET_NAME, component: part, partOf };
}

/** AWS, or the server in its place, and the cluster's own API. */
function destinations({ registry, apiServer }: PullSecretArgs): readonly Destination[] {
    const { endpoint } = registry;
    if (endpoint === undefined) {
        return [{ kind: "internet", ports: [443] }, ...apiServer];
    }
    const { hostname, port, protocol } = new URL(endpoint);
    const ports = [port === "" ? (protocol === "https:" ? 443 : 80) : Number(port)];
    // A name may stand for any address.
    const cidr = /^[\d.]+$/.test(hostname) ? `${hostname}/32` : "0.0.0.0/0";
    return [{ kind: "addresses", cidr, ports }, ...apiServer];
}
