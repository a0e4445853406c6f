import * as pulumi from "@pulumi/pulumi";
import { Namespace } from "../namespace";
import type { CertManagerHandle } from "./cert-manager";

/**
 * The cert-manager that the cluster had before the house: a second one would answer the same requests. Nothing of it is
 * touched, and what the house asks it for lies in a namespace of the house's own.
 */
export class PresentCertManager extends pulumi.ComponentResource implements CertManagerHandle {
    readonly installed = [] as const;
    readonly namespace: pulumi.Output<string>;

    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:certificates:PresentCertManager", name, {}, opts);
        // cert-manager leaves the secret of a certificate behind; with the namespace it goes all the same.
        this.namespace = new Namespace(
            "house-certificate",
            { podSecurity: "restricted", partOf: "certificates" },
            { parent: this },
        ).name;
        this.registerOutputs();
    }
}
