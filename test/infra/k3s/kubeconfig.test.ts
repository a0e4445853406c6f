import assert from "node:assert/strict";
import { apiAccess } from "../../../infra/kube-api";
import { kubeconfig } from "../../../infra/k3s/kubeconfig";

describe("the kubeconfig", () => {
    const parts = {
        clusterName: "example",
        server: "https://192.168.20.21:6443",
        authorityPem: "authority\n",
        certificatePem: "certificate\n",
        keyPem: "key\n",
    };
    const text = kubeconfig(parts);

    it("gives back what went in", () => {
        assert.deepEqual(apiAccess(text), {
            server: parts.server,
            authority: "authority\n",
            credentials: { kind: "certificate", certificate: "certificate\n", key: "key\n" },
        });
    });

    it("has the cluster's name as its context", () => {
        assert.match(text, /^current-context: example$/m);
    });

    it("is on one line a value, so that the same parts give the same text", () => {
        const long = kubeconfig({ ...parts, keyPem: "k".repeat(4000) });
        assert.match(long, /client-key-data: \S{5000,}$/m);
    });
});
