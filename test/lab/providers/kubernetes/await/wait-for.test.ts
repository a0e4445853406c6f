import assert from "node:assert/strict";
import type { Tree } from "../../../../../lab/providers/kubernetes/object";
import { parseWaitFor, unmet } from "../../../../../lab/providers/kubernetes/await/wait-for";

const object = {
    status: {
        phase: "Running",
        replicas: 3,
        conditions: [
            { type: "Ready", status: "False" },
            { type: "Synced", status: "True" },
        ],
    },
    metadata: { labels: { "app.kubernetes.io/name": "web" } },
};
const missing = (text: string) => unmet(parseWaitFor(text), object);

describe("the annotation pulumi.com/waitFor", () => {
    it("waits for a condition, true unless another status is named, whatever its letter case", () => {
        assert.deepEqual(missing("condition=Synced"), []);
        assert.deepEqual(missing("condition=synced=true"), []);
        assert.deepEqual(missing("condition=Ready=False"), []);
        assert.deepEqual(missing("condition=Ready"), ["condition=Ready: False"]);
        assert.deepEqual(missing("condition=Healthy"), ["condition=Healthy: not there yet"]);
    });

    it("waits for a field to have a value, or to be there", () => {
        assert.deepEqual(missing("jsonpath={.status.phase}=Running"), []);
        assert.deepEqual(missing("jsonpath={$.status.replicas}=3"), []);
        assert.deepEqual(missing("jsonpath={.status.phase}"), []);
        assert.deepEqual(missing("jsonpath={.status.phase}=Stopped"), ["jsonpath={.status.phase}=Stopped: Running"]);
        assert.deepEqual(missing("jsonpath={.status.address}"), ["jsonpath={.status.address}: not there yet"]);
    });

    it("follows quoted keys, indexes, all items and filters", () => {
        assert.deepEqual(missing(`jsonpath={.metadata.labels['app.kubernetes.io/name']}=web`), []);
        assert.deepEqual(missing("jsonpath={.status.conditions[1].type}=Synced"), []);
        assert.deepEqual(missing(`jsonpath={.status.conditions[?(@.type=="Synced")].status}=True`), []);
        assert.deepEqual(missing("jsonpath={.status.conditions[*].status}=True"), [
            "jsonpath={.status.conditions[*].status}=True: False, True",
        ]);
    });

    it("waits for all of a list", () => {
        assert.deepEqual(missing('["condition=Synced", "jsonpath={.status.phase}=Running"]'), []);
        assert.deepEqual(missing('["condition=Ready", "condition=Synced"]'), ["condition=Ready: False"]);
    });

    it("does not count what a status says of an older generation", () => {
        const seen = (status: Tree) => unmet(parseWaitFor("jsonpath={.status.replicas}"), changed(status)).join();
        const changed = (status: Tree): Tree => ({ metadata: { generation: 2 }, status: { replicas: 3, ...status } });
        assert.match(seen({ observedGeneration: 1 }), /its controller has not looked at it yet/);
        assert.equal(seen({ observedGeneration: 2 }), "");
        assert.equal(seen({}), "");
        const conditions = [{ type: "Ready", status: "True", observedGeneration: 1 }];
        const of = unmet(parseWaitFor("condition=Ready"), changed({ observedGeneration: 2, conditions }));
        assert.match(of.join(), /its controller has not looked at it yet/);
    });

    it("is refused, with what can be written, where it cannot be read", () => {
        for (const text of [
            "ready",
            "condition=",
            "jsonpath=.status.phase",
            "jsonpath={.status..phase}",
            "jsonpath={}",
            "[]",
            "[1]",
            "[",
        ])
            assert.throws(() => parseWaitFor(text), /write condition=Type/, text);
    });
});
