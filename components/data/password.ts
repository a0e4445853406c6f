import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import { objectLabels, type Identity } from "../workload";

export interface PasswordArgs {
    readonly secretName: string;
    readonly namespace: pulumi.Input<string>;
    /** Whose password it is; decides the labels. */
    readonly identity: Identity;
    /** Kind of secret for those who ask for one; default `Opaque`. */
    readonly type?: "Opaque" | "kubernetes.io/basic-auth";
    /** Further keys of the secret, beside `password`. */
    readonly with?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** A random password in a secret of the cluster, key `password`. It never changes by itself. */
export class Password extends pulumi.ComponentResource {
    readonly secretName: pulumi.Output<string>;

    constructor(name: string, args: PasswordArgs, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:data:Password", name, { secretName: args.secretName }, opts);
        // Without signs that mean something in connection strings and shells; 32 letters and digits are 190 bits.
        const password = new random.RandomPassword(
            `${name}-password`,
            { length: 32, special: false },
            { parent: this },
        );
        const secret = new k8s.core.v1.Secret(
            `${name}-secret`,
            {
                metadata: {
                    name: args.secretName,
                    namespace: args.namespace,
                    labels: objectLabels(args.identity),
                },
                type: args.type ?? "Opaque",
                stringData: { ...args.with, password: password.result },
            },
            { parent: this },
        );
        this.secretName = secret.metadata.name;
        this.registerOutputs({ secretName: this.secretName });
    }
}
