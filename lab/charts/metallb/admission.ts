import { readFileSync } from "node:fs";
import type { KubeObject } from "../../kube/client";
import { isRecord, textOf, valueAt } from "../../plain-values";
import { tool } from "../../toolchain/locate";
import { labelsOf, type MetalLbRelease } from "./names";

const SERVICE = "metallb-webhook-service";

/** The definitions of its own version. @param converts whether somebody converts peers between their versions */
export function definitions({ namespace }: MetalLbRelease, converts: boolean): KubeObject[] {
    const list: unknown = JSON.parse(readFileSync(tool("metallb-crds"), "utf8"));
    const found = Array.isArray(list) ? list.filter(isDefinition) : [];
    // The controller puts its authority into this one, and waits until it can.
    const conversion = {
        strategy: "Webhook",
        webhook: {
            conversionReviewVersions: ["v1beta1", "v1beta2"],
            clientConfig: { service: { namespace, name: SERVICE, path: "/convert" } },
        },
    };
    return found.map((definition) =>
        converts && definition.metadata.name === "bgppeers.metallb.io"
            ? { ...definition, spec: { ...definition.spec, conversion } }
            : definition,
    );
}

/** What the API server asks the controller before it takes an object. */
export function webhooks(release: MetalLbRelease): KubeObject {
    const { namespace, values } = release;
    const failurePolicy = textOf(valueAt(values, "crds.validationFailurePolicy") ?? "Fail");
    const hook = (kind: string, plural: string, version: string, changed: "UPDATE" | "DELETE" = "UPDATE") => ({
        name: `${kind}validationwebhook.metallb.io`,
        admissionReviewVersions: ["v1"],
        clientConfig: { service: { name: SERVICE, namespace, path: `/validate-metallb-io-${version}-${kind}` } },
        failurePolicy,
        rules: [
            { apiGroups: ["metallb.io"], apiVersions: [version], operations: ["CREATE", changed], resources: [plural] },
        ],
        sideEffects: "None",
    });
    return {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: "metallb-webhook-configuration", labels: labelsOf(release) },
        webhooks: [
            hook("bgppeer", "bgppeers", "v1beta2"),
            hook("ipaddresspool", "ipaddresspools", "v1beta1"),
            hook("bgpadvertisement", "bgpadvertisements", "v1beta1"),
            hook("community", "communities", "v1beta1"),
            hook("bfdprofile", "bfdprofiles", "v1beta1", "DELETE"),
            hook("l2advertisement", "l2advertisements", "v1beta1"),
        ],
    };
}

function isDefinition(value: unknown): value is KubeObject & { readonly spec: object } {
    return isRecord(value) && value["kind"] === "CustomResourceDefinition" && isRecord(value["metadata"]);
}
