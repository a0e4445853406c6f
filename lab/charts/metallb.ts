import { valueAt } from "../plain-values";
import type { ChartStandIn } from "./chart";
import keys from "./keys/metallb.json";
import { daemonSet, definition, deployment } from "./objects";
import { checkValues } from "./values";

/** Name of the Deployment whose readiness `lab/cluster/controllers/metallb.ts` waits for. */
export const METALLB_CONTROLLER = "metallb-controller";

const texts = { type: "array", items: { type: "string" } };
const selectors = {
    type: "array",
    items: {
        type: "object",
        properties: {
            matchLabels: { type: "object", additionalProperties: { type: "string" } },
            matchExpressions: {
                type: "array",
                items: {
                    type: "object",
                    required: ["key", "operator"],
                    properties: { key: { type: "string" }, operator: { type: "string" }, values: texts },
                },
            },
        },
    },
};

/** As in the version that is pinned, without what the house has no word for: a field beyond these is refused. */
const POOL = {
    type: "object",
    required: ["addresses"],
    properties: {
        addresses: texts,
        autoAssign: { type: "boolean", default: true },
        avoidBuggyIPs: { type: "boolean", default: false },
    },
};
const ANNOUNCEMENT = {
    type: "object",
    properties: {
        ipAddressPools: texts,
        ipAddressPoolSelectors: selectors,
        nodeSelectors: selectors,
        interfaces: texts,
    },
};

/** MetalLB: its definitions, and pods that idle; the lab's own controller gives addresses while the controller's is ready. */
export const metalLb: ChartStandIn = {
    chart: keys.chart,
    version: keys.version,
    appVersion: keys.appVersion,
    render({ values }) {
        checkValues(keys, values);
        const part = (name: string) => ({
            image: `quay.io/metallb/${name}:${keys.appVersion}`,
            affinity: valueAt(values, `${name}.affinity`),
        });
        const servers = { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule", operator: "Exists" };
        return {
            crds: [
                definition("metallb.io", "v1beta1", "IPAddressPool", "ipaddresspools", "Namespaced", POOL),
                definition("metallb.io", "v1beta1", "L2Advertisement", "l2advertisements", "Namespaced", ANNOUNCEMENT),
            ],
            objects: [
                deployment({
                    name: METALLB_CONTROLLER,
                    ...part("controller"),
                    tolerations: valueAt(values, "controller.tolerations"),
                }),
                daemonSet({
                    name: "metallb-speaker",
                    ...part("speaker"),
                    ...(valueAt(values, "speaker.tolerateMaster") !== false && { tolerations: [servers] }),
                }),
            ],
        };
    },
};
