import assert from "node:assert/strict";
import { longhornValues } from "../../../../../components/storage";
import { charts } from "../../../../../lab/charts";
import { longhornSettings, SETTINGS_KEY } from "../../../../../lab/cluster/storage/control/longhorn-settings";
import { textOf, valueAt } from "../../../../../lab/plain-values";

describe("Longhorn's settings", () => {
    it("are its own defaults where the chart says nothing", () => {
        assert.deepEqual(longhornSettings(""), {
            nodeDownPodDeletionPolicy: "do-nothing",
            replicas: 3,
            overProvisioningPercent: 100,
            minimalAvailablePercent: 25,
            reservedPercent: 30,
            zoneSoftAntiAffinity: true,
            degradedAllowed: true,
        });
    });

    it("are what the program gives to the chart", () => {
        const chart = charts.find((one) => one.chart === "longhorn");
        const values = { ...longhornValues({ replicas: 2, disposable: true }) };
        const { objects } = chart?.render({ name: "longhorn", namespace: "longhorn-system", values }) ?? {
            objects: [],
        };
        const map = objects.find(({ kind }) => kind === "ConfigMap");
        const data = valueAt(map, "data");
        const settings = longhornSettings(
            textOf(typeof data === "object" && data !== null ? Reflect.get(data, SETTINGS_KEY) : undefined),
        );
        assert.equal(settings.nodeDownPodDeletionPolicy, "delete-both-statefulset-and-deployment-pod");
        assert.deepEqual(
            [settings.replicas, settings.zoneSoftAntiAffinity, settings.degradedAllowed],
            [2, false, false],
        );
    });

    it("fall back to doing nothing where the policy is none", () => {
        const { nodeDownPodDeletionPolicy } = longhornSettings("node-down-pod-deletion-policy: delete-all");
        assert.equal(nodeDownPodDeletionPolicy, "do-nothing");
    });
});
