import { parse } from "yaml";
import type { KubeClient, KubeObject } from "../../../kube/client";
import { isRecord, textOf } from "../../../plain-values";

/** Which pods on a node that is down Longhorn deletes by force. */
export type NodeDownPolicy =
    "do-nothing" | "delete-statefulset-pod" | "delete-deployment-pod" | "delete-both-statefulset-and-deployment-pod";

/** Longhorn's settings that decide where volumes fit and when they move (`longhorn/longhorn-manager:types/setting.go`). */
export interface LonghornSettings {
    /** Default `do-nothing`. */
    readonly nodeDownPodDeletionPolicy: NodeDownPolicy;
    /** Copies of a volume whose class says nothing; default 3. */
    readonly replicas: number;
    /** Percent of a disk's size, less its reserve, that volumes may have in all; default 100. */
    readonly overProvisioningPercent: number;
    /** Percent of a disk that must stay free of data; default 25. */
    readonly minimalAvailablePercent: number;
    /** Percent of a disk that is left to others; default 30. */
    readonly reservedPercent: number;
    /** Whether two copies may share a zone; default true. (That they may share a node is not modelled: they never do.) */
    readonly zoneSoftAntiAffinity: boolean;
    /** Whether a volume may be made with fewer copies than it asks for; default true. */
    readonly degradedAllowed: boolean;
}

/** Where the chart writes its `defaultSettings`, under their Longhorn names, for the manager to take over. */
export const SETTINGS_CONFIG_MAP = "longhorn-default-setting";
export const SETTINGS_KEY = "default-setting.yaml";

const POLICIES: readonly string[] = [
    "do-nothing",
    "delete-statefulset-pod",
    "delete-deployment-pod",
    "delete-both-statefulset-and-deployment-pod",
] satisfies NodeDownPolicy[];

/** @param text the chart's settings as YAML; what is missing is Longhorn's default. */
export function longhornSettings(text: string): LonghornSettings {
    const parsed: unknown = parse(text);
    const given = isRecord(parsed) ? parsed : {};
    const number = (name: string, otherwise: number) => {
        const value = Number.parseInt(textOf(given[name]), 10);
        return Number.isNaN(value) ? otherwise : value;
    };
    const truth = (name: string, otherwise: boolean) => {
        const value = textOf(given[name]);
        return value === "" ? otherwise : value === "true";
    };
    const policy = textOf(given["node-down-pod-deletion-policy"]);
    return {
        nodeDownPodDeletionPolicy: isPolicy(policy) ? policy : "do-nothing",
        replicas: number("default-replica-count", 3),
        overProvisioningPercent: number("storage-over-provisioning-percentage", 100),
        minimalAvailablePercent: number("storage-minimal-available-percentage", 25),
        reservedPercent: number("storage-reserved-percentage-for-default-disk", 30),
        zoneSoftAntiAffinity: truth("replica-zone-soft-anti-affinity", true),
        degradedAllowed: truth("allow-volume-creation-with-degraded-availability", true),
    };
}

/** The settings that the installed chart wrote; Longhorn's defaults where there is none. */
export async function readLonghornSettings(client: KubeClient): Promise<LonghornSettings> {
    const { items } = await client.get<{ items: (KubeObject & { data?: Record<string, string> })[] }>(
        "/api/v1/configmaps",
        { query: { fieldSelector: `metadata.name=${SETTINGS_CONFIG_MAP}` } },
    );
    return longhornSettings(items[0]?.data?.[SETTINGS_KEY] ?? "");
}

function isPolicy(text: string): text is NodeDownPolicy {
    return POLICIES.includes(text);
}
