import { listed, type ConfigIssue } from "../config/issues";
import { gpuLabel, nfsLabel, zoneLabel, type ExistingNode } from "../inventory";
import { ask, itemsOf, record, type ApiAnswer } from "../kube-api";
import type { ApiAccess } from "../kubeconfig";

/** What the configuration says of a cluster that was there before. */
export interface ClusterClaims {
    readonly nodes: readonly Pick<ExistingNode, "name" | "labels">[];
    readonly storageClasses: { readonly block?: string | undefined; readonly shared?: string | undefined };
    /** Namespace of Traefik's pods. */
    readonly ingressNamespace: string;
    readonly certManager: "own" | "present";
}

const TIMEOUT_MS = 10_000;

/**
 * Everything that the configuration says of the cluster and that is not so, all at once: each of it would be found out by
 * itself later, half-way, and by a wait of minutes.
 * @throws Error where the API server does not answer, or refuses
 */
export async function inspectCluster(access: ApiAccess, claims: ClusterClaims): Promise<readonly ConfigIssue[]> {
    const issues = await Promise.all([
        labelIssues(access, claims),
        classIssues(access, claims),
        traefikIssues(access, claims),
        certManagerIssues(access, claims),
    ]);
    return issues.flat();
}

async function labelIssues(access: ApiAccess, { nodes }: ClusterClaims): Promise<ConfigIssue[]> {
    const found = new Map(
        (await list(access, "/api/v1/nodes")).map((node) => [nameOf(node), record(node["metadata"])]),
    );
    return [...foreignLabels(found, nodes), ...labelsLeft(found, nodes)];
}

/** Metadata of the nodes that are there, by name. */
type FoundNodes = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** Server-side apply names whoever wrote a field last; a label of the house itself may change. */
function foreignLabels(found: FoundNodes, nodes: ClusterClaims["nodes"]): ConfigIssue[] {
    return nodes.flatMap(({ name, labels }, index) =>
        Object.entries(labels).flatMap(([label, wanted]): ConfigIssue[] => {
            const metadata = found.get(name) ?? {};
            const now = record(metadata["labels"])[label];
            const owner = holders(metadata, label).find((manager) => !isOfTheHouse(manager));
            if (typeof now !== "string" || now === wanted || owner === undefined) return [];
            const isZone = label === zoneLabel;
            return [
                {
                    path: `cluster.nodes[${index}]${isZone ? ".host" : ""}`,
                    wrong: `${name} would get ${label}=${wanted}, and carries ${label}=${now} of ${owner}`,
                    rule: "a label of somebody else is never overwritten",
                    write: isZone
                        ? `write host: ${now}`
                        : `run kubectl label node ${name} ${label}- if nobody needs it`,
                },
            ];
        }),
    );
}

/** Labels of the house stay on a node that is taken from `cluster.nodes` (see `ExistingCluster`), and pods would follow them. */
function labelsLeft(found: FoundNodes, nodes: ClusterClaims["nodes"]): ConfigIssue[] {
    const planned = new Set(nodes.map(({ name }) => name));
    return [...found].flatMap(([name, metadata]): ConfigIssue[] => {
        if (planned.has(name)) return [];
        const left = [zoneLabel, nfsLabel, gpuLabel].filter((label) => {
            const managers = holders(metadata, label);
            return managers.length > 0 && managers.every(isOfTheHouse);
        });
        if (left.length === 0) return [];
        return [
            {
                path: "cluster.nodes",
                wrong: `${name} is not among them, and carries ${listed(left)} of the house`,
                rule: "pods of the house go where its labels are",
                write: `run kubectl label node ${name} ${left.map((label) => `${label}-`).join(" ")}, or write the node again`,
            },
        ];
    });
}

function isOfTheHouse(manager: string): boolean {
    return manager.startsWith("pulumi-kubernetes");
}

function holders(metadata: Readonly<Record<string, unknown>>, label: string): string[] {
    const entries = metadata["managedFields"];
    return (Array.isArray(entries) ? entries : []).map(record).flatMap(({ manager, fieldsV1 }) => {
        const labels = record(record(record(fieldsV1)["f:metadata"])["f:labels"]);
        return typeof manager === "string" && `f:${label}` in labels ? [manager] : [];
    });
}

async function classIssues(access: ApiAccess, { storageClasses }: ClusterClaims): Promise<ConfigIssue[]> {
    const wanted = Object.entries(storageClasses).filter(([, name]) => name !== undefined);
    if (wanted.length === 0) return [];
    const there = (await list(access, "/apis/storage.k8s.io/v1/storageclasses")).map(nameOf);
    return wanted.flatMap(([purpose, name = ""]): ConfigIssue[] =>
        there.includes(name)
            ? []
            : [
                  {
                      path: `cluster.storageClasses.${purpose}`,
                      wrong: `${name} is no storage class of the cluster`,
                      rule: "a claim waits for its class for ever",
                      write:
                          there.length === 0 ? "install storage first; there is none" : `write ${listed(there, "or")}`,
                  },
              ],
    );
}

async function traefikIssues(access: ApiAccess, { ingressNamespace }: ClusterClaims): Promise<ConfigIssue[]> {
    const path = "cluster.ingress";
    if (!(await isServed(access, "/apis/traefik.io/v1alpha1"))) {
        const rule = "Traefik 3 takes the requests from outside, by routes of its own kind";
        const write = "install it with its definitions, or, in a cluster that is just starting, run pulumi up again";
        return [{ path, wrong: "the cluster has no traefik.io/v1alpha1", rule, write }];
    }
    const pods = await list(access, `/api/v1/pods?labelSelector=${encodeURIComponent(TRAEFIK)}`);
    const places = [...new Set(pods.map((pod) => String(record(pod["metadata"])["namespace"])))];
    if (places.includes(ingressNamespace)) return [];
    return [
        {
            path: `${path}.namespace`,
            wrong: `there is no pod of Traefik in ${ingressNamespace}`,
            rule: `pods with ${TRAEFIK} there are those that may come in`,
            write: places.length === 0 ? "start Traefik first" : `write ${listed(places, "or")}`,
        },
    ];
}

const TRAEFIK = "app.kubernetes.io/name=traefik";
const OURS = "app.kubernetes.io/managed-by=pulumi,app.kubernetes.io/part-of=certificates";

async function certManagerIssues(access: ApiAccess, { certManager }: ClusterClaims): Promise<ConfigIssue[]> {
    const path = "cluster.certManager";
    if (certManager === "present") {
        if (await isServed(access, "/apis/cert-manager.io/v1")) return [];
        const wrong = "is present, and the cluster has no cert-manager.io/v1";
        const rule = "the certificate of the house is one of its kinds";
        return [{ path, wrong, rule, write: "install cert-manager, or write own" }];
    }
    const controllers = await list(access, "/apis/apps/v1/deployments?labelSelector=app%3Dcert-manager");
    if (controllers.length === 0) return [];
    const ours = (await list(access, `/api/v1/namespaces?labelSelector=${encodeURIComponent(OURS)}`)).map(nameOf);
    const places = controllers.map((one) => String(record(one["metadata"])["namespace"]));
    const foreign = places.filter((place) => !ours.includes(place));
    if (foreign.length === 0) return [];
    const wrong = `is own, and there is a cert-manager in ${listed(foreign)} already`;
    return [{ path, wrong, rule: "two of them would answer the same requests", write: "write present" }];
}

function nameOf(object: Readonly<Record<string, unknown>>): string {
    return String(record(object["metadata"])["name"]);
}

async function list(access: ApiAccess, path: string): Promise<Readonly<Record<string, unknown>>[]> {
    const { status, body } = await answerOf(access, path);
    if (status !== 200) throw refused(access, path, `HTTP ${status} for our ${access.credentials.kind}`);
    return itemsOf(body).map(record);
}

async function isServed(access: ApiAccess, path: string): Promise<boolean> {
    const { status } = await answerOf(access, path);
    if (status !== 200 && status !== 404)
        throw refused(access, path, `HTTP ${status} for our ${access.credentials.kind}`);
    return status === 200;
}

async function answerOf(access: ApiAccess, path: string): Promise<ApiAnswer> {
    try {
        return await ask(access, path, TIMEOUT_MS);
    } catch (error) {
        throw refused(access, path, error instanceof Error ? error.message : String(error));
    }
}

function refused({ server }: ApiAccess, path: string, why: string): Error {
    const rule = "the cluster is looked at before anything is changed in it, with the rights of an administrator";
    return new Error(`cluster: ${server}${path}: ${why} (${rule}); see to that, and run pulumi up again`);
}
