import { join } from "node:path";
import type { Operator } from "../operators";
import type { BodyKind } from "../settings";
import { program, requiredVersion } from "./program";
import type { ToolSpec } from "./tools";

/** What only houses with a certain operator need, in the order in which it is shown. */
export const operatorTools = [
    "cloudnative-pg-manifests",
    "cnpg-manager",
    "plugin-barman-cloud-manifests",
    "plugin-barman-cloud",
    "metallb-crds",
    "metallb-controller",
    "metallb-speaker",
] as const;
export type OperatorTool = (typeof operatorTools)[number];

/** By operator: what its chart is made of, and what runs in its containers, where there are some. */
const parts: Readonly<
    Record<Operator, { readonly chart: readonly OperatorTool[]; readonly containers: readonly OperatorTool[] }>
> = {
    "cloudnative-pg": { chart: ["cloudnative-pg-manifests"], containers: ["cnpg-manager"] },
    "plugin-barman-cloud": { chart: ["plugin-barman-cloud-manifests"], containers: ["plugin-barman-cloud"] },
    metallb: { chart: ["metallb-crds"], containers: ["metallb-controller", "metallb-speaker"] },
};

/** The tools that an operator needs in a lab with such machines. */
export function toolsOfOperator(operator: Operator, bodies: BodyKind): readonly OperatorTool[] {
    const { chart, containers } = parts[operator];
    return bodies === "real" ? [...chart, ...containers] : chart;
}

/** None of these is taken from elsewhere: an operator and its definitions are one thing. */
export function operatorCatalogue(modules: string): Record<OperatorTool, ToolSpec> {
    return { ...cloudNativePg(modules), ...pluginBarmanCloud(modules), ...metalLb(modules) };
}

function cloudNativePg(modules: string) {
    const module = "github.com/cloudnative-pg/cloudnative-pg";
    const version = requiredVersion(join(modules, "cloudnative-pg"), module);
    return {
        "cloudnative-pg-manifests": {
            name: "cloudnative-pg-manifests",
            version,
            artefact: "cloudnative-pg.json",
            source: {
                kind: "file",
                module,
                path: `releases/cnpg-${version}.yaml`,
                sum: "h1:fnhVq44xXx97MNiuvJsPrX1vSjYbgdyBK5MSGfdHdp0=",
            },
        },
        "cnpg-manager": program(
            modules,
            "cloudnative-pg",
            "cnpg-manager",
            {
                module,
                package: `${module}/cmd/manager`,
                stamps: (pinned) => ({ [`${module}/pkg/versions.buildVersion`]: pinned }),
            },
            { versionArguments: ["version"] },
        ),
    } satisfies Partial<Record<OperatorTool, ToolSpec>>;
}

function pluginBarmanCloud(modules: string) {
    const module = "github.com/cloudnative-pg/plugin-barman-cloud";
    const version = requiredVersion(join(modules, "plugin-barman-cloud"), module);
    return {
        "plugin-barman-cloud-manifests": {
            name: "plugin-barman-cloud-manifests",
            version,
            artefact: "plugin-barman-cloud.json",
            source: {
                kind: "file",
                module,
                path: "manifest.yaml",
                sum: "h1:dcEVsozSmdx5p2LbG1hbkWBvr6LXs1xpCsQiJWpo/ew=",
            },
        },
        // It is the plugin beside the operator and beside each server, by its first argument.
        "plugin-barman-cloud": program(modules, "plugin-barman-cloud", "plugin-barman-cloud", {
            module,
            package: `${module}/cmd/manager`,
        }),
    } satisfies Partial<Record<OperatorTool, ToolSpec>>;
}

/** Kinds of MetalLB, by their plurals. */
const METALLB_KINDS = [
    ...["bfdprofiles", "bgpadvertisements", "bgppeers", "communities", "configurationstates"],
    ...["ipaddresspools", "l2advertisements", "servicebgpstatuses", "servicel2statuses"],
];

function metalLb(modules: string) {
    const module = "go.universe.tf/metallb";
    const part = (name: "controller" | "speaker") =>
        program(modules, "metallb", `metallb-${name}`, {
            module,
            package: `${module}/${name}`,
            // The version is in the source; `git describe` says this of a release.
            stamps: (version) => ({ [`${module}/internal/version.gitCommit`]: `v${version}` }),
        });
    const [path = "", ...followedBy] = METALLB_KINDS.map((kind) => `config/crd/bases/metallb.io_${kind}.yaml`);
    const sum = "h1:iVtjCslcUFMOEvuNeAyW2ygZxyW+6YjnNcEuCTOZezc=";
    return {
        "metallb-crds": {
            name: "metallb-crds",
            version: requiredVersion(join(modules, "metallb"), module),
            artefact: "metallb-crds.json",
            source: { kind: "file", module, path, followedBy, sum },
        },
        "metallb-controller": part("controller"),
        "metallb-speaker": part("speaker"),
    } satisfies Partial<Record<OperatorTool, ToolSpec>>;
}
