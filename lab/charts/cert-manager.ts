import { readFileSync } from "node:fs";
import type { KubeObject } from "../kube/client";
import { isRecord, valueAt } from "../plain-values";
import { tool } from "../toolchain/locate";
import type { ChartStandIn } from "./chart";
import keys from "./keys/cert-manager.json";
import { deployment } from "./objects";
import { checkValues } from "./values";

/** cert-manager: its real definitions, and pods that idle; what it does, `lab/cluster/certificates` does. */
export const certManager: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render({ values }) {
        checkValues(keys, values);
        const image = (part: string) => `quay.io/jetstack/cert-manager-${part}:${keys.appVersion}`;
        const enabled = valueAt(values, "crds.enabled") === true || valueAt(values, "installCRDs") === true;
        return {
            crds: enabled ? definitions() : [],
            objects: [
                deployment({ name: "cert-manager", image: image("controller") }),
                deployment({ name: "cert-manager-webhook", image: image("webhook") }),
                deployment({ name: "cert-manager-cainjector", image: image("cainjector") }),
            ],
        };
    },
};

/** Of its own version: a field that it does not know is refused. */
function definitions(): KubeObject[] {
    const list: unknown = JSON.parse(readFileSync(tool("cert-manager-crds"), "utf8"));
    return Array.isArray(list) ? list.filter(isDefinition) : [];
}

function isDefinition(value: unknown): value is KubeObject {
    return isRecord(value) && value["kind"] === "CustomResourceDefinition" && isRecord(value["metadata"]);
}
