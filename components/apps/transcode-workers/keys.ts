import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as tls from "@pulumi/tls";
import { objectLabels, type Identity, type KeyFiles } from "../../workload";

export interface WorkerKeysArgs {
    readonly namespace: pulumi.Input<string>;
    /** Whose keys they are; decides labels and names. */
    readonly identity: Identity;
    /** Names of the workers' pods. */
    readonly pods: readonly string[];
}

/**
 * SSH keys of one house, made with it: one by which Jellyfin shows who it is, and one of each worker. The private ones are in
 * two secrets, so that no pod of Jellyfin can pass for a worker; the public ones may be read by all.
 */
export class WorkerKeys extends pulumi.ComponentResource {
    /** Public key of Jellyfin, as OpenSSH writes it. */
    readonly client: pulumi.Output<string>;
    /** Public keys of the workers, in the order of their pods. */
    readonly hosts: pulumi.Output<string>[];
    readonly clientFiles: KeyFiles;
    readonly hostFiles: KeyFiles;

    constructor(name: string, args: WorkerKeysArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:apps:WorkerKeys", name, { pods: args.pods }, opts);
        const key = (of: string) => new tls.PrivateKey(`${name}-${of}`, { algorithm: "ED25519" }, { parent: this });
        const client = key("client");
        const hosts = args.pods.map(key);
        this.client = client.publicKeyOpenssh;
        this.hosts = hosts.map(({ publicKeyOpenssh }) => publicKeyOpenssh);
        this.clientFiles = this.secretOf(`${name}-client`, args, "client", { client: client.privateKeyOpenssh });
        this.hostFiles = this.secretOf(
            `${name}-hosts`,
            args,
            "hosts",
            Object.fromEntries(args.pods.map((pod, index) => [pod, hosts[index]?.privateKeyOpenssh ?? ""])),
        );
        this.registerOutputs();
    }

    private secretOf(
        name: string,
        { identity, namespace }: WorkerKeysArgs,
        whose: "client" | "hosts",
        keys: Record<string, pulumi.Input<string>>,
    ): KeyFiles {
        const metadata = { name: `${identity.name}-${whose}`, namespace, labels: objectLabels(identity) };
        const secret = new k8s.core.v1.Secret(
            `${name}-secret`,
            { metadata, type: "Opaque", stringData: keys },
            { parent: this },
        );
        return { kind: "secret-files", name: "keys", objectName: secret.metadata.name };
    }
}
