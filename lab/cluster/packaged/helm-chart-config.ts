import { parseDocument } from "yaml";
import { KubeError, type KubeClient, type KubeObject } from "../../kube/client";
import { isRecord } from "../../plain-values";
import { Deployer } from "./deployer";
import { traefikObjects, unwantedTraefikObjects } from "./traefik";
import { readTraefikValues, type TraefikValues } from "./traefik-values";

/** Group of the kinds by which k3s installs charts. */
export const HELM_GROUP = "helm.cattle.io";
/** Collection of the objects by which k3s' packaged charts are configured. */
export const HELM_CHART_CONFIGS = "/apis/helm.cattle.io/v1/namespaces/kube-system/helmchartconfigs";
/** Name of the only chart that the lab's k3s packages. */
export const TRAEFIK_CHART = "traefik";

/** `HelmChart` and `HelmChartConfig`; their contents are not checked. */
export function helmDefinitions(): KubeObject[] {
    const spec = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    const schema = { openAPIV3Schema: { type: "object", properties: { spec } } };
    return ["HelmChart", "HelmChartConfig"].map((kind) => ({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${kind.toLowerCase()}s.helm.cattle.io` },
        spec: {
            group: HELM_GROUP,
            scope: "Namespaced",
            names: { kind, plural: `${kind.toLowerCase()}s`, singular: kind.toLowerCase() },
            versions: [{ name: "v1", served: true, storage: true, schema }],
        },
    }));
}

/**
 * The values that a HelmChartConfig gives, `valuesContent` over `values`; pure.
 * @throws Error when its text is no YAML mapping.
 */
export function chartValues(config: KubeObject | undefined): { values: TraefikValues; leftOut: string[] } {
    const spec = isRecord(config?.["spec"]) ? config["spec"] : {};
    const { values, valuesContent, ...others } = spec;
    const text = typeof valuesContent === "string" ? valuesContent : "";
    const document = parseDocument(text);
    const fault = document.errors[0];
    if (fault) throw new Error(`spec.valuesContent: ${fault.message.split("\n", 1)[0] ?? ""}`);
    const content: unknown = document.toJS() ?? {};
    if (!isRecord(content)) throw new Error("spec.valuesContent: the top is not a mapping");
    const read = readTraefikValues(merged(isRecord(values) ? values : {}, content));
    // What fails is left as it is here, which is `abort`; there is no Helm that could do otherwise.
    const ignored = Object.keys(others).filter((key) => !(key === "failurePolicy" && others[key] === "abort"));
    const unknown = ignored.map((key) => `spec.${key} is ignored: the lab reads values and valuesContent`);
    return { values: read.values, leftOut: [...unknown, ...read.leftOut] };
}

/** Stands for k3s' Helm: keeps Traefik as its values ask for. */
export class TraefikChart {
    private readonly deployer: Deployer;
    /** What was applied last: an event that changes nothing must not roll Traefik out. */
    private applied: string | undefined;
    private told = "";

    constructor(
        private readonly client: KubeClient,
        private readonly log: (line: string) => void,
    ) {
        this.deployer = new Deployer(client, "helm");
    }

    /** @param config the object of the chart's name; `undefined` where there is none. */
    async follow(config: KubeObject | undefined): Promise<void> {
        let read: ReturnType<typeof chartValues>;
        try {
            read = chartValues(config);
        } catch (error) {
            // As with Helm: what runs goes on as it is, and the first time nothing comes.
            this.tell([error instanceof Error ? error.message : String(error)]);
            return;
        }
        this.tell(read.leftOut);
        const wanted = JSON.stringify(read.values);
        if (wanted === this.applied) return;
        for (const object of traefikObjects(read.values)) await this.deployer.apply(object);
        for (const object of unwantedTraefikObjects(read.values)) await this.remove(object);
        this.applied = wanted;
    }

    private tell(faults: readonly string[]): void {
        const text = faults.join("\n");
        if (text !== this.told) for (const fault of faults) this.log(`k3s: HelmChartConfig ${TRAEFIK_CHART}: ${fault}`);
        this.told = text;
    }

    private async remove(object: KubeObject): Promise<void> {
        try {
            await this.client.request("DELETE", await this.deployer.pathOf(object));
        } catch (error) {
            if (!(error instanceof KubeError && error.status === 404)) throw error;
        }
    }
}

/** Mappings are merged, all else of the second replaces that of the first. */
function merged(first: Record<string, unknown>, second: Record<string, unknown>): Record<string, unknown> {
    const result = { ...first };
    for (const [key, value] of Object.entries(second)) {
        const below = result[key];
        result[key] = isRecord(below) && isRecord(value) ? merged(below, value) : value;
    }
    return result;
}
