import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import { chartRelease } from "../chart-release";
import { Namespace } from "../namespace";
import { charts } from "../versions";

/**
 * Issues and renews certificates inside the cluster. Here because the operator of Intel's device plugins brings
 * webhooks whose certificates it asks cert-manager for, and does not start without.
 */
export class CertManager extends pulumi.ComponentResource {
    /** What brings a `Certificate` or an `Issuer` waits for it. */
    readonly release: k8s.helm.v3.Release;

    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:certificates:CertManager", name, {}, opts);
        const namespace = new Namespace(
            "cert-manager",
            { podSecurity: "baseline", partOf: "certificates" },
            { parent: this },
        );
        this.release = chartRelease(
            `${name}-release`,
            {
                releaseName: "cert-manager",
                pin: charts.certManager,
                namespace: namespace.name,
                // Definitions stay when the release goes: with them would go every certificate.
                values: { crds: { enabled: true, keep: true } },
            },
            { parent: this },
        );
        this.registerOutputs();
    }
}
