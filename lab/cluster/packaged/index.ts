import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { KubeError, type KubeClient, type KubeObject } from "../../kube/client";
import { follow } from "../../kube/follow";
import { pause } from "../../pause";
import { isRecord } from "../../plain-values";
import { reasonOf } from "../../reason";
import type { BodyFactory } from "../body";
import type { K3sConfig } from "../boot/k3s-config";
import { corednsObjects } from "./coredns";
import { Deployer } from "./deployer";
import { HELM_CHART_CONFIGS, HELM_GROUP, helmDefinitions, TRAEFIK_CHART, TraefikChart } from "./helm-chart-config";
import { localPathObjects } from "./local-path";
import { metricsApi, metricsServerObjects } from "./metrics-server";
import { NodeHosts, type AddressedNode } from "./node-hosts";
import { ServerManifests } from "./server-manifests";

export interface PackagedOptions {
    readonly client: KubeClient;
    /** Of the server that started the cluster. */
    readonly config: K3sConfig;
    /** File with Traefik's custom resource definitions. */
    readonly traefikCrds: string;
    /** Whether containers run: an API of metrics-server without it would break discovery. */
    readonly bodies: BodyFactory["kind"];
    /** Ends all that goes on after the installation. */
    readonly signal: AbortSignal;
    readonly log: (line: string) => void;
}

/** What k3s brought along and looks after. */
export interface Packaged {
    /** Applies the files of a server's manifest folder, contents by path; logs what fails and tries it again. */
    deploy(files: Readonly<Record<string, string>>): Promise<void>;
    /** To be told of each change of a node; costs nothing while its addresses stay. */
    nodeChanged(node: AddressedNode): Promise<void>;
    nodeDeleted(node: AddressedNode): Promise<void>;
}

const RETRY_MS = 500;

/**
 * Installs what k3s brings along, but for what its configuration disables, and applies the manifests on the first
 * server's disk. Traefik follows a moment later: its values may be in one of them.
 */
export async function installPackaged(options: PackagedOptions): Promise<Packaged> {
    const { client, config, signal, log } = options;
    const enabled = (name: string) => !config.disabled.includes(name);
    const deployer = new Deployer(client, "deploy@k3s");
    const manifests = new ServerManifests({ deployer, signal, log });
    const deploy = (files: Readonly<Record<string, string>>) => manifests.deploy(files);
    // First, because further machines may need it to join: the address that the servers share, for example.
    await deploy(ofKnownKinds(config.manifests ?? {}));
    for (const object of packagedObjects(options)) await deployer.apply(object);
    if (enabled("metrics-server")) await metricsApiFor(options, deployer);
    void settle(options, deploy);
    const hosts = enabled("coredns") ? new NodeHosts(client) : undefined;
    return {
        deploy,
        nodeChanged: async (node) => hosts?.changed(node),
        nodeDeleted: async (node) => hosts?.deleted(node),
    };
}

/** Manifests that wait for no definition of k3s' own. */
function ofKnownKinds(files: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(files).filter(([, content]) => !content.includes(HELM_GROUP)));
}

function packagedObjects({ config, traefikCrds }: PackagedOptions): KubeObject[] {
    const parts: readonly (readonly [string, () => KubeObject[]])[] = [
        ["traefik", () => definitionsIn(traefikCrds)],
        ["coredns", () => corednsObjects(config)],
        ["metrics-server", metricsServerObjects],
        ["local-storage", localPathObjects],
    ];
    const wanted = parts.filter(([name]) => !config.disabled.includes(name));
    return [...helmDefinitions(), ...wanted.flatMap(([, objects]) => objects())];
}

/** Machines may have had real bodies before: then the API is taken away again. */
async function metricsApiFor({ bodies, client }: PackagedOptions, deployer: Deployer): Promise<void> {
    if (bodies === "real") {
        await deployer.apply(metricsApi());
        return;
    }
    try {
        await client.request("DELETE", await deployer.pathOf(metricsApi()));
    } catch (error) {
        if (!(error instanceof KubeError && error.status === 404)) throw error;
    }
}

/**
 * Applies the first server's manifests, then Traefik with what they say of it: with the defaults first, it would be
 * rolled out anew a second later.
 */
async function settle(options: PackagedOptions, deploy: Packaged["deploy"]): Promise<void> {
    const { client, config, signal, log } = options;
    // A definition is served a moment after it is there.
    await untilDone(options, async () => (await client.find(HELM_CHART_CONFIGS)) !== undefined);
    await deploy(config.manifests ?? {});
    const chart = config.disabled.includes(TRAEFIK_CHART) ? undefined : new TraefikChart(client, log);
    await untilDone(options, async () => {
        await chart?.follow(await client.find(`${HELM_CHART_CONFIGS}/${TRAEFIK_CHART}`));
        return true;
    });
    const note = async (object: KubeObject, now: KubeObject | undefined) => {
        if (chart !== undefined && object.metadata.name === TRAEFIK_CHART) await chart.follow(now);
        else if (now) log(`k3s: HelmChartConfig ${object.metadata.name ?? ""} is ignored: no such chart runs here`);
    };
    await follow<KubeObject>({
        ...{ client, path: HELM_CHART_CONFIGS, signal, log },
        changed: (object) => note(object, object),
        deleted: (object) => note(object, undefined),
    });
}

/** Tries again until it gives `true`; a reason why not is logged once. */
async function untilDone({ signal, log }: PackagedOptions, attempt: () => Promise<boolean>): Promise<void> {
    let told: string | undefined;
    const isOver = () => signal.aborted;
    while (!isOver()) {
        try {
            if (await attempt()) return;
        } catch (error) {
            const why = reasonOf(error);
            if (why !== told && !isOver()) log(`k3s: traefik: ${why}`);
            told = why;
        }
        await pause(RETRY_MS, signal);
    }
}

function definitionsIn(file: string): KubeObject[] {
    return parseAllDocuments(readFileSync(file, "utf8")).flatMap((document) => {
        const object: unknown = document.toJS();
        return isDefinition(object) ? [object] : [];
    });
}

function isDefinition(object: unknown): object is KubeObject {
    return isRecord(object) && object["kind"] === "CustomResourceDefinition";
}
