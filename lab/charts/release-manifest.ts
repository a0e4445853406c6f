import { readFileSync } from "node:fs";
import type { KubeObject } from "../kube/client";
import { isRecord, valueAt } from "../plain-values";
import { tool } from "../toolchain/locate";
import type { ToolName } from "../toolchain/catalogue";

/** Where the values of both charts say where pods run. */
const PLACEMENT = ["affinity", "tolerations", "topologySpreadConstraints", "nodeSelector", "priorityClassName"];

/** A release's own manifest, out of its module. */
export function releaseManifest(name: ToolName): KubeObject[] {
    const list: unknown = JSON.parse(readFileSync(tool(name), "utf8"));
    return Array.isArray(list) ? list.filter(isObject) : [];
}

function isObject(value: unknown): value is KubeObject {
    return isRecord(value) && typeof value["kind"] === "string" && isRecord(value["metadata"]);
}

/** Other texts in the place of exact ones, wherever they stand. */
export function renamed(object: KubeObject, names: Readonly<Record<string, string>>): KubeObject {
    const replace = (_key: string, value: unknown): unknown =>
        typeof value === "string" ? (names[value] ?? value) : value;
    const replaced: unknown = JSON.parse(JSON.stringify(object), replace);
    return isObject(replaced) ? replaced : object;
}

/** What a chart gives to a Deployment of its release beside what the manifest has. */
export interface Given {
    readonly labels: Readonly<Record<string, string>>;
    readonly values: Readonly<Record<string, unknown>>;
    /** Fields of the one container. */
    readonly container: Readonly<Record<string, unknown>>;
}

/** The Deployment with the chart's labels, and with what the values say of its pods. */
export function placed(object: KubeObject, { labels, values, container }: Given): KubeObject {
    const [spec, pod] = [recordAt(object, "spec"), recordAt(object, "spec.template.spec")];
    const [first] = Array.isArray(pod["containers"]) ? (pod["containers"] as unknown[]) : [];
    const placement = PLACEMENT.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]] as const]));
    return {
        ...object,
        spec: {
            ...spec,
            replicas: values["replicaCount"] ?? 1,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    ...pod,
                    ...Object.fromEntries(placement),
                    containers: [
                        { ...(isRecord(first) ? first : {}), resources: values["resources"] ?? {}, ...container },
                    ],
                },
            },
        },
    };
}

function recordAt(object: KubeObject, path: string): Readonly<Record<string, unknown>> {
    const value = valueAt(object, path);
    return isRecord(value) ? value : {};
}
