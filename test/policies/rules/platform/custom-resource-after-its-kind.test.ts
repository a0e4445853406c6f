import assert from "node:assert/strict";
import { customResourceAfterItsKind as rule } from "../../../../policies/rules/platform/custom-resource-after-its-kind";
import { excuse, fact, judge, service, withOptions } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const release = (chart: unknown = "longhorn") =>
    withOptions(fact("kubernetes:helm.sh/v3:Release", { chart, name: "longhorn" }), {}, "release");
const between = withOptions(service(), { dependsOn: [release().urn] }, "between");
const definition = withOptions(
    fact("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", {
        metadata: { name: "backups.example.org" },
        spec: { group: "example.org", names: { kind: "Backup" } },
    }),
    {},
    "definition",
);
const volume = (dependsOn: readonly string[] | undefined, annotations = {}) =>
    withOptions(
        fact("kubernetes:longhorn.io/v1beta2:Volume", { metadata: { name: "films", annotations } }),
        { dependsOn },
        "volume",
    );
const backup = (dependsOn: readonly string[]) =>
    withOptions(fact("kubernetes:example.org/v1:Backup", { metadata: { name: "nightly" } }), { dependsOn }, "backup");

describe("custom-resource-after-its-kind", () => {
    it("accepts an object that waits for its chart or definition, directly or not", () => {
        assert.deepEqual(judge(rule, release(), volume([release().urn])), clean);
        assert.deepEqual(judge(rule, release(), between, volume([between.urn])), clean);
        assert.deepEqual(judge(rule, definition, backup([definition.urn])), clean);
    });

    it("refuses one that waits for something else, or for nothing", () => {
        assert.match(
            judge(rule, release(), volume([])).messages.join(),
            /^Volume films: does not wait for Release release, which brings its kind: .*; name that in dependsOn$/,
        );
        assert.match(
            judge(rule, definition, backup([service().urn])).messages.join(),
            /^Backup nightly: does not wait for/,
        );
    });

    it("says nothing of kinds that something outside of the program brings, nor without dependencies", () => {
        assert.deepEqual(judge(rule, volume([])), clean);
        assert.deepEqual(judge(rule, release(), volume(undefined)), clean);
    });

    it("leaves a chart that is unknown unchecked", () => {
        assert.equal(judge(rule, release(unknownText), volume([])).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = {
            "policy.homelab/allow-custom-resource-after-its-kind": excuse("the kind is there for years"),
        };
        assert.deepEqual(judge(rule, release(), volume([], annotations)), clean);
    });
});
