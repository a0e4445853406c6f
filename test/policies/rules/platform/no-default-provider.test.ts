import assert from "node:assert/strict";
import { noDefaultProvider as rule } from "../../../../policies/rules/platform/no-default-provider";
import { fact, judge, service, withOptions } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };
const urn = (name: string) => `urn:pulumi:dev::homelab::pulumi:providers:kubernetes::${name}`;

describe("no-default-provider", () => {
    it("accepts a resource on a provider of the program, and says nothing where the provider is not told", () => {
        assert.deepEqual(judge(rule, withOptions(service(), { provider: urn("kubernetes") })), clean);
        assert.deepEqual(judge(rule, service()), clean);
    });

    for (const provider of ["", urn("default"), urn("default_4_34_2")]) {
        it(`refuses a resource on "${provider}"`, () => {
            assert.match(
                judge(rule, withOptions(service(), { provider })).messages.join(),
                /^Service media\/jellyfin: goes through a default provider, .*; hand it the provider of the house/,
            );
        });
    }

    it("asks the same of other providers' resources, whatever of them is unknown", () => {
        const bucket = withOptions(fact("aws:s3/bucket:Bucket", { bucket: unknownText }), { provider: "" });
        assert.match(judge(rule, bucket).messages.join(), /^Bucket example: /);
    });

    it("does not ask components", () => {
        assert.deepEqual(judge(rule, withOptions(fact("homelab:workload:Workload", {}), { provider: "" })), clean);
    });
});
