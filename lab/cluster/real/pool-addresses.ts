import { pause } from "../../pause";
import type { KubeClient } from "../../kube/client";
import { applyPolicies, translated, type AddressPolicy } from "./address-policy";

/** Annotation by which a Service asks MetalLB for an address. */
const WANTED = "metallb.io/loadBalancerIPs";
const PROBE = "/api/v1/namespaces/kube-system/services";
const RETRY_MS = 50;
const BUDGET_MS = 20_000;

/**
 * The house gives MetalLB loopback addresses (`127.<slot>.x.y`), which nobody can announce: in the cluster they become
 * those of the lab's network, as the machines' own do. Whoever writes a pool or asks for an address need not know. The
 * API server takes up to 5 seconds to know a new kind, and refuses pools so long: the chart takes longer to get ready.
 */
function poolAddressPolicies(slot: number): AddressPolicy[] {
    const annotation = `object.metadata.annotations["${WANTED}"]`;
    return [
        {
            ...{ word: "pools", apiGroup: "metallb.io", resource: "ipaddresspools" },
            condition: "has(object.spec.addresses)",
            mutation: {
                kind: "replace",
                path: '"/spec/addresses"',
                value: `object.spec.addresses.map(range, ${translated("range", slot)})`,
            },
        },
        {
            ...{ word: "wishes", apiGroup: "", resource: "services" },
            condition: `has(object.metadata.annotations) && "${WANTED}" in object.metadata.annotations`,
            mutation: {
                kind: "replace",
                path: `"/metadata/annotations/" + jsonpatch.escapeKey("${WANTED}")`,
                value: translated(annotation, slot),
            },
        },
    ];
}

/** Makes them and waits until they count: what is written before that would keep its loopback address. */
export async function translatePoolAddresses(client: KubeClient, slot: number): Promise<void> {
    await applyPolicies(client, poolAddressPolicies(slot));
    const deadline = Date.now() + BUDGET_MS;
    while (!(await isTranslated(client, slot))) {
        if (Date.now() > deadline)
            throw new Error(`the API server does not translate addresses of pools after ${BUDGET_MS / 1000} s`);
        await pause(RETRY_MS);
    }
}

async function isTranslated(client: KubeClient, slot: number): Promise<boolean> {
    const metadata = { name: "address-of-a-pool", annotations: { [WANTED]: `127.${slot}.0.1` } };
    const body = { metadata, spec: { clusterIP: "None" } };
    try {
        const made = await client.request("POST", PROBE, { body, query: { dryRun: "All" } });
        return made.metadata.annotations?.[WANTED] === "192.168.0.1";
    } catch {
        // The namespace is made a moment after the API server says that it is ready.
        return false;
    }
}
