import { join } from "node:path";
import type { Operator } from "../operators";
import type { BodyKind } from "../settings";
import { operatorCatalogue, operatorTools, toolsOfOperator } from "./operator-catalogue";
import { kubernetesStamps, program } from "./program";
import { realCatalogue, realTools } from "./real-catalogue";
import type { ToolSpec } from "./tools";

/** What every lab takes out of published Go modules, in the order in which it is shown. */
export const commonTools = [
    "pulumi",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "etcd",
    "terraform-provider-proxmox",
    "traefik-crds",
    "cert-manager-crds",
] as const;
export type CommonTool = (typeof commonTools)[number];

/** Everything, in the order in which it is shown. */
export const toolNames = [...commonTools, ...realTools, ...operatorTools] as const;
export type ToolName = (typeof toolNames)[number];

/**
 * The tools that a lab with machines of this kind needs.
 * @param operators those of the house that run for real
 */
export function toolsFor(bodies: BodyKind, operators: readonly Operator[]): readonly ToolName[] {
    const machines = bodies === "real" ? [...commonTools, ...realTools] : commonTools;
    return [...machines, ...operators.flatMap((operator) => toolsOfOperator(operator, bodies))];
}

/** The catalogue; versions come from the `go.mod` and `requirements.txt` files in `modules/`. */
export function catalogue(modules: string = join(__dirname, "modules")): Record<ToolName, ToolSpec> {
    return { ...commonCatalogue(modules), ...realCatalogue(modules), ...operatorCatalogue(modules) };
}

function commonCatalogue(modules: string): Record<CommonTool, ToolSpec> {
    const kubernetes = (name: string, versionArguments: readonly string[]): ToolSpec =>
        program(
            modules,
            "kubernetes",
            name,
            { module: "k8s.io/kubernetes", package: `k8s.io/kubernetes/cmd/${name}`, stamps: kubernetesStamps },
            { versionArguments, accepted: { from: "1.36.0", below: "1.37.0" } },
        );
    return {
        pulumi: program(
            modules,
            "pulumi",
            "pulumi",
            {
                module: "github.com/pulumi/pulumi/pkg/v3",
                package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                tags: "osusergo,grpcnotrace",
                // An unstamped CLI fails the version check of the Automation API.
                stamps: (version) => ({
                    "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${version}`,
                }),
            },
            { versionArguments: ["version"], accepted: { from: "3.259.0", below: "4.0.0" } },
        ),
        "kube-apiserver": kubernetes("kube-apiserver", ["--version"]),
        "kube-controller-manager": kubernetes("kube-controller-manager", ["--version"]),
        "kube-scheduler": kubernetes("kube-scheduler", ["--version"]),
        kubectl: kubernetes("kubectl", ["version", "--client"]),
        etcd: program(
            modules,
            "etcd",
            "etcd",
            { module: "go.etcd.io/etcd/server/v3", package: "go.etcd.io/etcd/server/v3" },
            { versionArguments: ["--version"], accepted: { from: "3.6.0", below: "3.7.0" } },
        ),
        "terraform-provider-proxmox": program(modules, "proxmox", "terraform-provider-proxmox", {
            module: "github.com/bpg/terraform-provider-proxmox",
            package: "github.com/bpg/terraform-provider-proxmox",
            companions: [
                {
                    module: "github.com/hashicorp/terraform-plugin-go",
                    path: "tfprotov6/internal/tfplugin6/tfplugin6.proto",
                },
            ],
        }),
        "traefik-crds": {
            name: "traefik-crds",
            version: "3.7.13",
            artefact: "traefik-crds.yaml",
            source: {
                kind: "file",
                module: "github.com/traefik/traefik/v3",
                path: "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
                sum: "h1:T8wy9KuaFzCkmXCqAzDy7t73pBDR1DHrJe3pqXpNXTw=",
            },
        },
        "cert-manager-crds": {
            name: "cert-manager-crds",
            version: "1.21.1",
            artefact: "cert-manager-crds.json",
            source: {
                kind: "file",
                module: "github.com/cert-manager/cert-manager",
                path: "deploy/crds/cert-manager.io_certificates.yaml",
                followedBy: ["certificaterequests", "clusterissuers", "issuers"].map(
                    (plural) => `deploy/crds/cert-manager.io_${plural}.yaml`,
                ),
                sum: "h1:0LttV37Q5c2CBNoHkjuI8sLKTXWZDC2SwQkxrBMKV9w=",
            },
        },
    };
}
