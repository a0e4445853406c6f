import { dirname } from "node:path";
import type { Kubectl } from "./kubectl";

/** A part of an object of the cluster, as the API has it. */
export type Json = Readonly<Record<string, unknown>>;

/** What the migration takes from the Jellyfin that is deployed: where its data is, and where it may go. */
export interface DeployedJellyfin {
    readonly namespace: string;
    /** Variables of libpq for its database, with their references to Secrets; never a secret itself. */
    readonly databaseEnv: readonly Json[];
    /** Volume with the authority of the server's certificate, and where the variables look for it. */
    readonly authority: { readonly volume: Json; readonly path: string } | undefined;
    /** Claim of `/config`. */
    readonly configClaim: string;
    readonly affinity: Json | undefined;
    /** What it may reach. */
    readonly egress: readonly Json[];
    /** Doors that others have opened for it. */
    readonly doors: readonly { readonly name: string; readonly namespace: string; readonly spec: Json }[];
}

const DATABASE = /^PG(HOST|PORT|DATABASE|USER|PASSWORD|SSLMODE|SSLROOTCERT)$/;
/** The container that asks the database before the server starts, and checks it; Jellyfin itself cannot. */
const ASKS_DATABASE = "prepare";
const CONFIG_PATH = "/config";

/**
 * Reads the StatefulSet `jellyfin` and the network policies around it.
 * @throws Error where it is not there, still runs, or is built otherwise
 */
export async function deployedJellyfin(kubectl: Kubectl, namespace: string): Promise<DeployedJellyfin> {
    const set = parsed(await kubectl(["get", "statefulset", "jellyfin", "--namespace", namespace, "--output", "json"]));
    const labels = recordAt(set, "spec", "selector", "matchLabels");
    const selector = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
    const pods = parsed(
        await kubectl(["get", "pods", "--namespace", namespace, "--selector", selector.join(","), "--output", "json"]),
    );
    const running = listAt(pods, "items").map((pod) => String(recordAt(pod, "metadata")["name"]));
    if (running.length > 0 || recordAt(set, "spec")["replicas"] !== 0)
        throw new Error(
            `statefulset jellyfin: ${running.length > 0 ? `${running.join(", ")} still runs` : "would start pods"} (two writers would tear the library); write: kubectl --namespace ${namespace} scale statefulset jellyfin --replicas 0`,
        );
    const pod = recordAt(set, "spec", "template", "spec");
    const [container = {}] = listAt(pod, "containers");
    const policies = listAt(
        parsed(await kubectl(["get", "networkpolicies", "--all-namespaces", "--output", "json"])),
        "items",
    );
    return {
        namespace,
        ...databaseOf(pod),
        configClaim: configClaim(pod, container),
        affinity: isRecord(pod["affinity"]) ? { nodeAffinity: pod["affinity"]["nodeAffinity"] } : undefined,
        egress: policies
            .filter((policy) => sameLabels(recordAt(policy, "spec", "podSelector", "matchLabels"), labels))
            .filter((policy) => recordAt(policy, "metadata")["namespace"] === namespace)
            .flatMap((policy) => listAt(recordAt(policy, "spec"), "egress")),
        doors: policies.flatMap((policy) => doorOf(policy, labels)),
    };
}

function databaseOf(pod: Json): Pick<DeployedJellyfin, "databaseEnv" | "authority"> {
    const container = listAt(pod, "initContainers").find(({ name }) => name === ASKS_DATABASE) ?? {};
    const databaseEnv = listAt(container, "env").filter(({ name }) => DATABASE.test(String(name)));
    const valueOf = (variable: string) => databaseEnv.find(({ name }) => name === variable)?.["value"];
    if (!databaseEnv.some(({ name }) => name === "PGHOST"))
        throw new Error(
            `statefulset jellyfin: has no PGHOST in its container ${ASKS_DATABASE} (the database is read from there); run pulumi up first`,
        );
    const file = valueOf("PGSSLROOTCERT");
    if (typeof file !== "string") return { databaseEnv, authority: undefined };
    const path = dirname(file);
    const mount = listAt(container, "volumeMounts").find(({ mountPath }) => mountPath === path);
    const volume = listAt(pod, "volumes").find(({ name }) => name === mount?.["name"]);
    return { databaseEnv, authority: volume === undefined ? undefined : { volume, path } };
}

function configClaim(pod: Json, container: Json): string {
    const mount = listAt(container, "volumeMounts").find(({ mountPath }) => mountPath === CONFIG_PATH);
    const volume = listAt(pod, "volumes").find(({ name }) => name === mount?.["name"]);
    const claim = recordAt(volume ?? {}, "persistentVolumeClaim")["claimName"];
    if (typeof claim !== "string")
        throw new Error(
            `statefulset jellyfin: has no claim at ${CONFIG_PATH} (the library is read from there); run pulumi up first`,
        );
    return claim;
}

/** A policy that lets Jellyfin in, and nobody else. */
function doorOf(policy: Json, labels: Json): DeployedJellyfin["doors"] {
    const spec = recordAt(policy, "spec");
    const [rule, ...more] = listAt(spec, "ingress");
    const [peer, ...others] = rule === undefined ? [] : listAt(rule, "from");
    if (peer === undefined || more.length > 0 || others.length > 0) return [];
    if (!sameLabels(recordAt(peer, "podSelector", "matchLabels"), labels)) return [];
    const { name, namespace } = recordAt(policy, "metadata");
    return [{ name: String(name), namespace: String(namespace), spec }];
}

function sameLabels(some: Json, others: Json): boolean {
    const keys = Object.keys(some);
    return (
        keys.length > 0 && keys.length === Object.keys(others).length && keys.every((key) => some[key] === others[key])
    );
}

function parsed(text: string): Json {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
}

export function recordAt(value: Json, ...path: readonly string[]): Json {
    return path.reduce<Json>((inner, key) => {
        const next = inner[key];
        return isRecord(next) ? next : {};
    }, value);
}

export function listAt(value: Json, key: string): readonly Json[] {
    const list = value[key];
    return Array.isArray(list) ? list.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Json {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
