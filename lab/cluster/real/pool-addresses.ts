import { pause } from "../../pause";
import type { KubeClient, KubeObject } from "../../kube/client";

/** Annotation by which a Service asks MetalLB for an address. */
const WANTED = "metallb.io/loadBalancerIPs";
const API = "admissionregistration.k8s.io/v1";
const PROBE = "/api/v1/namespaces/kube-system/services";
const RETRY_MS = 50;
const BUDGET_MS = 20_000;

/**
 * The house gives MetalLB loopback addresses (`127.<slot>.x.y`), which nobody can announce: in the cluster they become
 * those of the lab's network, as the machines' own do. Whoever writes a pool or asks for an address need not know. The
 * API server takes up to 5 seconds to know a new kind, and refuses pools so long: the chart takes longer to get ready.
 */
export function poolAddressPolicies(slot: number): KubeObject[] {
    const translated = (text: string) => `${text}.replace("127.${slot}.", "192.168.")`;
    const annotation = `object.metadata.annotations["${WANTED}"]`;
    return [
        ...policy("pools", { apiGroup: "metallb.io", resource: "ipaddresspools" }, "has(object.spec.addresses)", {
            path: '"/spec/addresses"',
            value: `object.spec.addresses.map(range, ${translated("range")})`,
        }),
        ...policy(
            "wishes",
            { apiGroup: "", resource: "services" },
            `has(object.metadata.annotations) && "${WANTED}" in object.metadata.annotations`,
            { path: `"/metadata/annotations/" + jsonpatch.escapeKey("${WANTED}")`, value: translated(annotation) },
        ),
    ];
}

/** Makes them and waits until they count: what is written before that would keep its loopback address. */
export async function translatePoolAddresses(client: KubeClient, slot: number): Promise<void> {
    for (const object of poolAddressPolicies(slot)) {
        const plural =
            object.kind === "MutatingAdmissionPolicy" ? "mutatingadmissionpolicies" : "mutatingadmissionpolicybindings";
        await client.apply(`/apis/${API}/${plural}/${object.metadata.name ?? ""}`, object, "deploy@k3s");
    }
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

/** @param change what to replace, and by what, both in CEL */
function policy(
    word: string,
    { apiGroup, resource }: { readonly apiGroup: string; readonly resource: string },
    condition: string,
    { path, value }: { readonly path: string; readonly value: string },
): KubeObject[] {
    const name = `lan-addresses-of-${word}.lab.homelab`;
    const rule = { apiGroups: [apiGroup], apiVersions: ["*"], resources: [resource], operations: ["CREATE", "UPDATE"] };
    const expression = `[JSONPatch{op: "replace", path: ${path}, value: ${value}}]`;
    return [
        {
            apiVersion: API,
            kind: "MutatingAdmissionPolicy",
            metadata: { name },
            spec: {
                matchConstraints: { resourceRules: [rule] },
                matchConditions: [{ name: "has-addresses", expression: condition }],
                mutations: [{ patchType: "JSONPatch", jsonPatch: { expression } }],
                failurePolicy: "Fail",
                reinvocationPolicy: "Never",
            },
        },
        {
            apiVersion: API,
            kind: "MutatingAdmissionPolicyBinding",
            metadata: { name },
            spec: { policyName: name },
        },
    ];
}
