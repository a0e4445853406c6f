import assert from "node:assert/strict";
import { pullSecretRefreshed as rule } from "../../../../policies/rules/workloads/pull-secret-refreshed";
import { excuse, fact, judge, workload } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/homelab/jellyfin:sha-abc1234";
const puller = (name: unknown = "registry", annotations = {}) =>
    workload({ annotations, container: { image }, pod: { imagePullSecrets: [{ name }] } });
const job = (secretName: string) =>
    fact("kubernetes:batch/v1:CronJob", {
        metadata: { name: "renew", namespace: "media" },
        spec: {
            jobTemplate: {
                spec: {
                    template: {
                        spec: { containers: [{ name: "renew", env: [{ name: "SECRET", value: secretName }] }] },
                    },
                },
            },
        },
    });
const external = (metadata: object, target?: object) =>
    fact("kubernetes:external-secrets.io/v1:ExternalSecret", {
        metadata: { namespace: "media", ...metadata },
        spec: { target },
    });

describe("pull-secret-refreshed", () => {
    it("accepts a secret that a schedule or an operator writes again", () => {
        assert.deepEqual(judge(rule, puller(), job("registry")), clean);
        assert.deepEqual(judge(rule, puller(), external({ name: "registry" })), clean);
        assert.deepEqual(judge(rule, puller(), external({ name: "x" }, { name: "registry" })), clean);
    });

    it("accepts passwords that do not end, and images without a secret", () => {
        assert.deepEqual(judge(rule, workload({ pod: { imagePullSecrets: [{ name: "registry" }] } })), clean);
        assert.deepEqual(judge(rule, workload({ container: { image } })), clean);
    });

    it("refuses a secret that nothing renews, and one with a longer name does not count", () => {
        for (const others of [[], [job("registry-old")], [external({ name: "registry", namespace: "tools" })]]) {
            assert.match(
                judge(rule, puller(), ...others).messages.join(),
                /imagePullSecrets\[0\]: nothing renews the secret registry, .*; add a CronJob that names it/,
            );
        }
    });

    it("leaves an unknown name unchecked", () => {
        assert.equal(judge(rule, puller(unknownText)).unchecked.length, 1);
    });

    it("accepts an exception with a reason", () => {
        const annotations = { "policy.homelab/allow-pull-secret-refreshed": excuse("the node's own helper logs in") };
        assert.deepEqual(judge(rule, puller("registry", annotations)), clean);
    });

    it("does not apply to ConfigMaps", () => {
        assert.equal(rule.applies("kubernetes:core/v1:ConfigMap"), false);
    });
});
