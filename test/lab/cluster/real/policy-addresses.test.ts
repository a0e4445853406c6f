import assert from "node:assert/strict";
import { translate, type NetworkPolicy } from "../../../../lab/cluster/real/policy-addresses";

const SERVERS = ["127.7.20.9", "127.7.20.21"];

function policy(spec: Partial<NetworkPolicy["spec"]>): NetworkPolicy {
    return {
        metadata: { name: "database", namespace: "media", uid: "1-2-3" },
        spec: { podSelector: { matchLabels: { app: "db" } }, policyTypes: ["Ingress", "Egress"], ...spec },
    };
}
const to = (cidr: string, ...except: string[]) => ({ to: [{ ipBlock: { cidr, except } }], ports: [{ port: 5000 }] });

describe("the addresses in network policies, on a network where machines have others", () => {
    it("are let through at the lab's own as well, for the same pods, ports and directions", () => {
        const second = translate(policy({ egress: [to("127.7.20.2/32")] }), SERVERS);
        assert.deepEqual(second?.spec, {
            podSelector: { matchLabels: { app: "db" } },
            policyTypes: ["Egress"],
            egress: [{ to: [{ ipBlock: { cidr: "192.168.20.2/32" } }], ports: [{ port: 5000 }] }],
        });
        assert.equal(second.metadata.name, "database-lan");
        assert.equal(second.metadata.ownerReferences?.[0]?.uid, "1-2-3", "it goes with the first one");
    });

    it("lead to the one API server, wherever they cover an address of those of the house", () => {
        for (const cidr of ["127.7.20.21/32", "127.7.20.0/24"]) {
            const second = translate(policy({ egress: [to(cidr)] }), SERVERS);
            assert.deepEqual(second?.spec.egress?.[0]?.to?.[1], { ipBlock: { cidr: "192.168.0.1/32" } }, cidr);
        }
    });

    it("are translated where they are spared, and on the way in", () => {
        const from = { from: [{ ipBlock: { cidr: "127.7.20.0/24", except: ["127.7.20.1/32"] } }] };
        const second = translate(policy({ ingress: [from] }), []);
        const block = { cidr: "192.168.20.0/24", except: ["192.168.20.1/32"] };
        assert.deepEqual(second?.spec.ingress, [{ from: [{ ipBlock: block }] }]);
    });

    it("stay alone where they are no addresses of the house", () => {
        const internet = to("0.0.0.0/0", "10.0.0.0/8", "127.0.0.0/8");
        const pods = { to: [{}] };
        assert.equal(translate(policy({ egress: [internet, pods, to("10.1.2.3/32")] }), SERVERS), undefined);
    });
});
