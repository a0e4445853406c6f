import type { KubeObject } from "../../kube/client";
import { valueAt } from "../../plain-values";
import type { ChartStandIn } from "../chart";
import keys from "../keys/metallb.json";
import { checkValues } from "../values";
import { accessObjects } from "./access";
import { definitions, webhooks } from "./admission";
import { labelsOf, selectorOf, type MetalLbRelease } from "./names";
import { networkPolicies } from "./network-policies";
import { controller, speaker, unannouncedInterfaces } from "./workloads";

export { CONTROLLER_LABELS, MEMBERLIST_KEY, MEMBERLIST_VARIABLE } from "./names";

/**
 * MetalLB as its chart installs it, with its own definitions: for layer 2, without routers of FRR, whatever the values
 * say. On real machines its own programs run; on simulated ones `lab/cluster/controllers/metallb.ts` stands in for them,
 * and nobody answers webhooks, so there are none.
 */
export const metalLb: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render({ name, namespace, values, bodies }) {
        checkValues(keys, values);
        const release: MetalLbRelease = {
            ...{ name: name.includes("metallb") ? name : `${name}-metallb`, instance: name, namespace, values },
            ...{ chart: `${keys.chart}-${keys.version}`, appVersion: keys.appVersion },
        };
        const answersWebhooks = bodies === "real";
        return {
            crds: valueAt(values, "crds.enabled") === false ? [] : definitions(release, answersWebhooks),
            objects: [
                ...accessObjects(release),
                webhookCertificate(release),
                webhookService(release),
                unannouncedInterfaces(release),
                controller(release),
                speaker(release),
                ...networkPolicies(release),
                ...(answersWebhooks ? [webhooks(release)] : []),
            ],
        };
    },
};

/** The controller fills it. */
function webhookCertificate(release: MetalLbRelease): KubeObject {
    return {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "metallb-webhook-cert", labels: labelsOf(release) },
    };
}

function webhookService(release: MetalLbRelease): KubeObject {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "metallb-webhook-service", labels: labelsOf(release) },
        spec: { ports: [{ port: 443, targetPort: 9443 }], selector: selectorOf(release, "controller") },
    };
}
