import { existsSync, readFileSync } from "node:fs";
import { decideBodies, type BodyDecision } from "../bodies";
import { hostAddress } from "../cluster/real/addresses";
import { daemonStatus } from "../daemon-client";
import { keepAuthority } from "../house-authority";
import type { Lab } from "../lab";
import { imagesFor } from "../images/operator-images";
import type { ImageRecipe } from "../images/recipe";
import { KubeClient, type KubeObject } from "../kube/client";
import type { LabPaths } from "../paths";
import type { BodyKind } from "../settings";

interface Node extends KubeObject {
    status?: { conditions?: { type: string; status: string }[]; allocatable?: Record<string, string> };
}
interface Workload extends KubeObject {
    spec: { replicas?: number };
    status?: { readyReplicas?: number; numberReady?: number; desiredNumberScheduled?: number };
}
interface Service extends KubeObject {
    status?: { loadBalancer?: { ingress?: { ip?: string }[] } };
}
interface Route extends KubeObject {
    spec: { entryPoints?: string[]; routes?: { match?: string }[] };
}

/** Namespaces whose workloads are shown as one line. */
const SYSTEM = /^(kube-|longhorn-system|csi-driver-nfs|intel-|cert-manager|metallb-system)/;

export async function status(lab: Lab): Promise<number> {
    console.log(await overview(lab));
    return 0;
}

/** Hosts, machines, nodes, workloads and addresses on one screen. */
export async function overview(lab: Lab): Promise<string> {
    const { paths, settings } = lab;
    const daemon = await daemonStatus(paths);
    if (!daemon) return "The lab is down. `make up` starts it.";
    const images = imagesFor("build", lab.house.operators);
    const lines = headLines(settings.slot, daemon.bodies, images, () =>
        decideBodies(paths, { ...settings, nodes: "auto" }, process.env),
    );
    const cluster = await clusterView(paths);
    lines.push("", "HOST      PROXMOX API                  MACHINES");
    for (const host of daemon.hosts) {
        lines.push(`${host.name.padEnd(9)} ${host.endpoint.padEnd(28)}`);
        for (const machine of daemon.machines.filter((each) => each.host === host.name)) {
            const node = cluster?.nodes.find((each) => each.metadata.name === machine.name);
            const state =
                machine.power === "off" ? "power off" : node ? (isReady(node) ? "Ready" : "NotReady") : "not joined";
            const gpu = Object.entries(node?.status?.allocatable ?? {}).find(
                ([name, count]) => name.includes("gpu") && count !== "0",
            );
            lines.push(
                `            ${String(machine.vmId).padEnd(5)}${machine.name.padEnd(16)}${state.padEnd(12)}${gpu ? `${gpu[0]}: ${gpu[1]}` : ""}`,
            );
        }
    }
    const foreign =
        cluster?.nodes.filter((node) => !daemon.machines.some(({ name }) => name === node.metadata.name)) ?? [];
    for (const node of foreign)
        lines.push(
            `${"(joined)".padEnd(12)}${"".padEnd(5)}${(node.metadata.name ?? "").padEnd(16)}${isReady(node) ? "Ready" : "NotReady"}`,
        );
    const machine = daemon.machines.findLast(({ power }) => power === "on");
    const silence = machine
        ? `The cluster does not answer: \`npm run lab -- logs ${machine.name}\` tells what that machine does.`
        : "No machine is on.";
    lines.push("", ...(cluster ? workloadLines(cluster) : [silence]));
    if (cluster) lines.push("", "ADDRESSES", ...addressLines(cluster, daemon.bodies, settings.slot));
    const { house } = lab;
    if (house.aws) lines.push(`AWS         http://${house.aws.address}:${house.aws.port}`);
    const next = machine
        ? [
              'Next: eval "$(npm run -s lab -- env)" && kubectl get pods -A -o wide',
              `      npm run lab -- power ${machine.name} off, then watch: kubectl get pods -A -o wide -w`,
          ]
        : ["Next: make up"];
    lines.push("", ...next);
    return lines.join("\n");
}

interface ClusterView {
    readonly nodes: Node[];
    readonly workloads: (Workload & { readonly sort: string })[];
    readonly services: Service[];
    readonly routes: Route[];
    /** File with the authority of the house's pages. */
    readonly authority: string | undefined;
}

async function clusterView(paths: LabPaths): Promise<ClusterView | undefined> {
    if (!existsSync(paths.kubeconfig)) return undefined;
    const client = KubeClient.fromKubeconfig(readFileSync(paths.kubeconfig, "utf8"));
    const list = async <T extends KubeObject>(path: string) =>
        (await client.find<{ items: T[] }>(path, { timeoutMs: 3_000 }))?.items ?? [];
    try {
        const kinds = ["deployments", "statefulsets", "daemonsets"];
        const [nodes, services, routes, ...workloads] = await Promise.all([
            list<Node>("/api/v1/nodes"),
            list<Service>("/api/v1/services"),
            list<Route>("/apis/traefik.io/v1alpha1/ingressroutes"),
            ...kinds.map(async (kind) =>
                (await list<Workload>(`/apis/apps/v1/${kind}`)).map((each) => ({ ...each, sort: kind })),
            ),
        ]);
        const authority = await keepAuthority(client, paths);
        return { nodes, services, routes, authority, workloads: workloads.flat() };
    } catch {
        return undefined;
    } finally {
        client.close();
    }
}

function workloadLines({ workloads }: ClusterView): string[] {
    const counts = (each: Workload) =>
        [
            each.status?.readyReplicas ?? each.status?.numberReady ?? 0,
            each.spec.replicas ?? each.status?.desiredNumberScheduled ?? 0,
        ] as const;
    const own = workloads.filter((each) => !SYSTEM.test(each.metadata.namespace ?? ""));
    const system = workloads.filter((each) => SYSTEM.test(each.metadata.namespace ?? ""));
    const lines = ["WORKLOAD                       READY"];
    for (const each of own) {
        const [ready, wanted] = counts(each);
        lines.push(`${`${each.metadata.namespace ?? ""}/${each.metadata.name ?? ""}`.padEnd(31)}${ready}/${wanted}`);
    }
    const whole = system.filter((each) => counts(each)[0] >= counts(each)[1]).length;
    lines.push(`${"platform (storage, GPU, DNS)".padEnd(31)}${whole}/${system.length} workloads`);
    return lines;
}

/** What the machines are, and why they are not more. */
function headLines(
    slot: number,
    bodies: BodyKind,
    images: readonly ImageRecipe[],
    decide: () => BodyDecision,
): string[] {
    const rest = "emulated Proxmox and AWS, a real Kubernetes API.";
    if (bodies === "real") {
        const standIns = images.filter(({ standIn }) => standIn);
        return [
            `Lab ${slot}: real containers on the machines, ${rest}`,
            `Other programs than their names say run in ${standIns.length} of ${images.length} images: ${standIns.map(({ reference }) => shortName(reference)).join(", ")}.`,
        ];
    }
    const { reasons } = decide();
    const why = reasons.length > 0 ? reasons.join("; ") : "LAB_NODES=simulated";
    return [`Lab ${slot}: simulated machines (no containers run in them: ${why}), ${rest}`];
}

/** `docker.io/library/redis:8.2.2` is `redis`. */
function shortName(reference: string): string {
    return reference.replace(/^.*\//, "").replace(/[:@].*$/, "");
}

/** Where a person reaches what the house serves. */
function addressLines({ services, routes, authority }: ClusterView, bodies: BodyKind, slot: number): string[] {
    const real = bodies === "real";
    const balanced = services.flatMap((service) => {
        const inside = (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
        const ips = real ? inside.map((ip) => hostAddress(ip, slot)) : inside;
        return ips.length > 0 ? [{ name: service.metadata.name ?? "", ips }] : [];
    });
    const pages = pagesOf(routes);
    const lines = balanced.map(({ name, ips }) => `${name.padEnd(12)}${ips.join(" ")}`);
    const entry = balanced.find(({ name }) => name === "traefik")?.ips[0];
    if (!real || entry === undefined)
        return [...lines, ...pages.map(({ url }) => `${"route".padEnd(12)}${url} (answered by no pod)`)];
    const trust = authority === undefined ? "" : `--cacert ${authority} `;
    return [
        ...lines,
        ...pages.map(({ url }) => `${"page".padEnd(12)}${url}`),
        `${"".padEnd(12)}with this line in /etc/hosts: ${entry} ${pages.map(({ host }) => host).join(" ")}`,
        ...(authority === undefined ? [] : [`${"".padEnd(12)}without a warning once the browser trusts ${authority}`]),
        ...pages.map(
            ({ host, port, url }) =>
                `${"".padEnd(12)}or without both: curl ${trust}--resolve ${host}:${port}:${entry} ${url}`,
        ),
    ];
}

interface Page {
    readonly host: string;
    readonly port: 80 | 443;
    readonly url: string;
}

/** Each host once, over https where a route has it; what is open to the internet is no further page. */
function pagesOf(routes: readonly Route[]): Page[] {
    const secure = new Map<string, boolean>();
    for (const { spec } of routes) {
        for (const { match } of spec.routes ?? []) {
            const host = /Host\(`([^`]+)`\)/.exec(match ?? "")?.[1];
            if (host !== undefined) secure.set(host, secure.get(host) === true || spec.entryPoints?.[0] !== "web");
        }
    }
    return [...secure].map(([host, encrypted]) => ({
        host,
        ...(encrypted
            ? { port: 443 as const, url: `https://${host}/` }
            : { port: 80 as const, url: `http://${host}/` }),
    }));
}

function isReady(node: Node): boolean {
    return (
        node.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true
    );
}
