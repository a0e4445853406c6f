import type { KubeClient } from "../../kube/client";
import { applyPolicies, translated, type AddressPolicy } from "./address-policy";

/**
 * The house names its server of buckets by a loopback address (`http://127.<slot>.x.y:port`), which is a pod itself: pods
 * and archives get that of the lab's network. They come long after these, so nobody waits until these count.
 */
export async function translateStoreAddresses(client: KubeClient, slot: number): Promise<void> {
    await applyPolicies(client, storeAddressPolicies(slot));
}

function storeAddressPolicies(slot: number): AddressPolicy[] {
    const endpoint = "object.spec.configuration.endpointURL";
    const isLoopback = (value: string) => `${value}.contains("://127.${slot}.")`;
    const told = (container: string) =>
        `has(${container}.env) && ${container}.env.exists(e, has(e.value) && ${isLoopback("e.value")})`;
    // Containers and variables are laid over those of the same name.
    const laidOver = (field: "containers" | "initContainers") => {
        const type = `Object.spec.${field}`;
        const variable = `${type}.env{name: e.name, value: ${translated("e.value", slot)}}`;
        const env = `c.env.filter(e, has(e.value) && ${isLoopback("e.value")}).map(e, ${variable})`;
        return `${field}: object.spec.?${field}.orValue([]).filter(c, ${told("c")}).map(c, ${type}{name: c.name, env: ${env}})`;
    };
    const some = (field: string) => `object.spec.?${field}.orValue([]).exists(c, ${told("c")})`;
    return [
        {
            ...{ word: "archives", apiGroup: "barmancloud.cnpg.io", resource: "objectstores" },
            condition: `has(${endpoint}) && ${isLoopback(endpoint)}`,
            mutation: {
                kind: "replace",
                path: '"/spec/configuration/endpointURL"',
                value: translated(endpoint, slot),
            },
        },
        {
            ...{ word: "pods", apiGroup: "", resource: "pods" },
            condition: `${some("containers")} || ${some("initContainers")}`,
            mutation: {
                kind: "lay-over",
                expression: `Object{spec: Object.spec{${laidOver("containers")}, ${laidOver("initContainers")}}}`,
            },
        },
    ];
}
