import assert from "node:assert/strict";
import { machineNamesResolvers as rule } from "../../../../policies/rules/proxmox/machine-names-resolvers";
import { judge, machine } from "../../house";
import { unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

describe("machine-names-resolvers", () => {
    it("accepts a machine with resolvers, and one that nobody sets up", () => {
        assert.deepEqual(judge(rule, machine("pve-1", { initialization: { dns: { servers: ["1.1.1.1"] } } })), clean);
        assert.deepEqual(judge(rule, machine("pve-1")), clean);
    });

    it("refuses one that asks whatever the network hands out", () => {
        for (const initialization of [{}, { dns: { servers: [] } }]) {
            assert.match(
                judge(rule, machine("pve-1", { initialization })).messages.join(),
                /^VmLegacy example initialization\.dns\.servers: names are asked of whatever .*; name the resolvers/,
            );
        }
    });

    it("leaves unknown resolvers unchecked", () => {
        const initialization = { dns: { servers: unknownText } };
        assert.deepEqual(judge(rule, machine("pve-1", { initialization })).unchecked, ["initialization.dns.servers"]);
    });

    it("does not apply to what runs pods", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Pod"), false);
    });
});
