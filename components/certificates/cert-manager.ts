import * as pulumi from "@pulumi/pulumi";
import type * as k8s from "@pulumi/kubernetes";
import { chartRelease } from "../chart-release";
import { Namespace } from "../namespace";
import { charts } from "../versions";

/** Values of cert-manager's chart that the house sets. */
export interface CertManagerValues {
    readonly crds: { readonly enabled: boolean; readonly keep: boolean };
    readonly extraArgs: readonly string[];
    readonly resources: object;
    readonly webhook: { readonly resources: object };
    readonly cainjector: { readonly resources: object };
}

/** Asked over https, so that neither the house's resolver nor a provider's is in the way. */
const PUBLIC_RESOLVERS = ["https://1.1.1.1/dns-query", "https://8.8.8.8/dns-query"];

/** cert-manager, of whomever. */
export interface CertManagerHandle {
    /** What has to be there before a `Certificate` or an `Issuer` is; nothing where the cluster had it before the house. */
    readonly installed: readonly pulumi.Resource[];
    /** Namespace of the house's own issuer and certificate, with the secrets of both. It goes with the house. */
    readonly namespace: pulumi.Output<string>;
}

/**
 * Issues and renews certificates inside the cluster: that of the house, and those of the webhooks which the operator of
 * Intel's device plugins brings.
 */
export class CertManager extends pulumi.ComponentResource implements CertManagerHandle {
    readonly installed: readonly k8s.helm.v3.Release[];
    readonly namespace: pulumi.Output<string>;

    constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:certificates:CertManager", name, {}, opts);
        const namespace = new Namespace(
            "cert-manager",
            { podSecurity: "baseline", partOf: "certificates" },
            { parent: this },
        );
        this.namespace = namespace.name;
        const release = chartRelease(
            `${name}-release`,
            {
                releaseName: "cert-manager",
                pin: charts.certManager,
                namespace: namespace.name,
                values: { ...certManagerValues() },
            },
            { parent: this },
        );
        this.installed = [release];
        this.registerOutputs();
    }
}

export function certManagerValues(): CertManagerValues {
    const part = (memory: string) => ({ requests: { cpu: "10m", memory }, limits: { memory: "256Mi" } });
    return {
        // Definitions stay when the release goes: with them would go every certificate.
        crds: { enabled: true, keep: true },
        // A resolver of the home zone may answer for the domain; what the world sees, only the world can tell.
        extraArgs: [
            "--dns01-recursive-nameservers-only",
            `--dns01-recursive-nameservers=${PUBLIC_RESOLVERS.join(",")}`,
        ],
        resources: part("64Mi"),
        webhook: { resources: part("32Mi") },
        cainjector: { resources: part("64Mi") },
    };
}
