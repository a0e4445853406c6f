import type { KubeObject } from "../../kube/client";
import { labelsOf, memberlistSecret, type MetalLbRelease, type Part } from "./names";

const RBAC = "rbac.authorization.k8s.io";
const READ = ["get", "list", "watch"];
const WRITE = ["create", "delete", "get", "list", "patch", "update", "watch"];

interface Rule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
    readonly resourceNames?: readonly string[];
}

/** A rule for kinds of one group; the core group is `""`. */
function may(
    apiGroup: string,
    resources: readonly string[],
    verbs: readonly string[],
    names?: readonly string[],
): Rule {
    return { apiGroups: [apiGroup], resources, verbs, ...(names && { resourceNames: names }) };
}

/** Both ask the API server who may read their figures. */
const REVIEWS = [
    may("authentication.k8s.io", ["tokenreviews"], ["create"]),
    may("authorization.k8s.io", ["subjectaccessreviews"], ["create"]),
];
const KINDS = ["bfdprofiles", "bgpadvertisements", "bgppeers", "communities", "ipaddresspools", "l2advertisements"];
const CONTROLLER = [
    may("", ["services", "namespaces"], READ),
    may("", ["nodes"], ["list"]),
    may("", ["services/status"], ["update"]),
    may("", ["events"], ["create", "patch"]),
    may("admissionregistration.k8s.io", ["validatingwebhookconfigurations"], WRITE, ["metallb-webhook-configuration"]),
    may("admissionregistration.k8s.io", ["validatingwebhookconfigurations"], ["list", "watch"]),
    may(
        ...(["apiextensions.k8s.io", ["customresourcedefinitions"], WRITE] as const),
        [...KINDS, "configurationstates"].map((plural) => `${plural}.metallb.io`),
    ),
    may("apiextensions.k8s.io", ["customresourcedefinitions"], ["list", "watch"]),
    may("metallb.io", ["configurationstates"], WRITE),
    may("metallb.io", ["configurationstates/status"], ["get", "patch", "update"]),
    ...REVIEWS,
];
const SPEAKER = [
    may("", ["services", "endpoints", "nodes", "namespaces"], READ),
    may("discovery.k8s.io", ["endpointslices"], READ),
    may("", ["events"], ["create", "patch"]),
    may(
        "metallb.io",
        ["servicel2statuses", "servicel2statuses/status", "configurationstates", "configurationstates/status"],
        ["*"],
    ),
    ...REVIEWS,
];
/** For both, in their own namespace. */
const POD_LISTER = [
    may("", ["pods"], ["list", "get"]),
    may("", ["secrets"], READ),
    may("", ["configmaps"], READ),
    may("metallb.io", KINDS, READ),
    may("metallb.io", ["servicebgpstatuses", "servicebgpstatuses/status"], ["*"]),
];

/** Accounts and rights as in the chart's `rbac.yaml` and `service-accounts.yaml`. */
export function accessObjects(release: MetalLbRelease): KubeObject[] {
    const { name } = release;
    const labels = labelsOf(release);
    const account = (part: Part): KubeObject => ({
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: `${name}-${part}`, labels: labelsOf(release, part) },
    });
    const granted = (kind: "Role" | "ClusterRole", role: string, rules: readonly Rule[], parts: readonly Part[]) => [
        { apiVersion: `${RBAC}/v1`, kind, metadata: { name: role, labels }, rules },
        {
            apiVersion: `${RBAC}/v1`,
            kind: `${kind}Binding`,
            metadata: { name: role, labels },
            roleRef: { apiGroup: RBAC, kind, name: role },
            subjects: parts.map((part) => ({
                ...{ kind: "ServiceAccount", name: `${name}-${part}`, namespace: release.namespace },
            })),
        },
    ];
    return [
        account("controller"),
        account("speaker"),
        ...granted("ClusterRole", `${name}:controller`, CONTROLLER, ["controller"]),
        ...granted("ClusterRole", `${name}:speaker`, SPEAKER, ["speaker"]),
        ...granted("Role", `${name}-pod-lister`, POD_LISTER, ["controller", "speaker"]),
        ...granted("Role", `${name}-controller`, controllerInNamespace(release), ["controller"]),
    ];
}

function controllerInNamespace(release: MetalLbRelease): Rule[] {
    return [
        may("", ["secrets"], WRITE),
        may("", ["secrets"], ["list"], [memberlistSecret(release)]),
        may("apps", ["deployments"], ["get"], [`${release.name}-controller`]),
        may("metallb.io", ["ipaddresspools", "communities", "bfdprofiles"], READ),
        may("metallb.io", ["ipaddresspools/status"], ["update"]),
        may("metallb.io", ["bgppeers", "bgpadvertisements", "l2advertisements"], ["get", "list"]),
    ];
}
