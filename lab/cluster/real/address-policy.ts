import type { KubeClient, KubeObject } from "../../kube/client";

export const ADMISSION_API = "admissionregistration.k8s.io/v1";

/** What becomes of an object, in CEL: one value replaced by another, or fields that are laid over it. */
export type Mutation =
    | { readonly kind: "replace"; readonly path: string; readonly value: string }
    | { readonly kind: "lay-over"; readonly expression: string };

export interface AddressPolicy {
    /** Of its name: whose addresses. */
    readonly word: string;
    readonly apiGroup: string;
    readonly resource: string;
    /** Which objects it is for, in CEL. */
    readonly condition: string;
    readonly mutation: Mutation;
}

/** Objects by which the API server itself puts addresses of the lab's network in the place of loopback addresses. */
export function policyObjects({ word, apiGroup, resource, condition, mutation }: AddressPolicy): KubeObject[] {
    const name = `lan-addresses-of-${word}.lab.homelab`;
    const rule = { apiGroups: [apiGroup], apiVersions: ["*"], resources: [resource], operations: ["CREATE", "UPDATE"] };
    return [
        {
            apiVersion: ADMISSION_API,
            kind: "MutatingAdmissionPolicy",
            metadata: { name },
            spec: {
                matchConstraints: { resourceRules: [rule] },
                matchConditions: [{ name: "has-addresses", expression: condition }],
                mutations: [mutationOf(mutation)],
                failurePolicy: "Fail",
                reinvocationPolicy: "Never",
            },
        },
        {
            apiVersion: ADMISSION_API,
            kind: "MutatingAdmissionPolicyBinding",
            metadata: { name },
            spec: { policyName: name },
        },
    ];
}

function mutationOf(mutation: Mutation): Readonly<Record<string, unknown>> {
    switch (mutation.kind) {
        case "replace": {
            const expression = `[JSONPatch{op: "replace", path: ${mutation.path}, value: ${mutation.value}}]`;
            return { patchType: "JSONPatch", jsonPatch: { expression } };
        }
        case "lay-over":
            return { patchType: "ApplyConfiguration", applyConfiguration: { expression: mutation.expression } };
    }
}

/** Makes them; the API server heeds them a moment later. */
export async function applyPolicies(client: KubeClient, policies: readonly AddressPolicy[]): Promise<void> {
    for (const object of policies.flatMap(policyObjects)) {
        const plural =
            object.kind === "MutatingAdmissionPolicy" ? "mutatingadmissionpolicies" : "mutatingadmissionpolicybindings";
        await client.apply(`/apis/${ADMISSION_API}/${plural}/${object.metadata.name ?? ""}`, object, "deploy@k3s");
    }
}

/** In CEL: the text with the lab's network for the loopback network of the slot. */
export function translated(text: string, slot: number): string {
    return `${text}.replace("127.${slot}.", "192.168.")`;
}
