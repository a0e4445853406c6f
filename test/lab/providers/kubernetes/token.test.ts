import assert from "node:assert/strict";
import { parseToken } from "../../../../lab/providers/kubernetes/token";

describe("type tokens of the Kubernetes SDK", () => {
    const object = (apiVersion: string, objectKind: string, isPatch = false) => ({
        kind: "object",
        apiVersion,
        objectKind,
        isPatch,
    });

    it("name the group, version and kind of an object", () => {
        assert.deepEqual(parseToken("kubernetes:apps/v1:StatefulSet"), object("apps/v1", "StatefulSet"));
        assert.deepEqual(parseToken("kubernetes:core/v1:Service"), object("v1", "Service"));
        assert.deepEqual(
            parseToken("kubernetes:rbac.authorization.k8s.io/v1:Role"),
            object("rbac.authorization.k8s.io/v1", "Role"),
        );
    });

    it("name custom resources by their own group", () => {
        assert.deepEqual(
            parseToken("kubernetes:traefik.io/v1alpha1:IngressRoute"),
            object("traefik.io/v1alpha1", "IngressRoute"),
        );
    });

    it("tell a patch of a kind from a kind that ends in the same word", () => {
        assert.deepEqual(parseToken("kubernetes:core/v1:NodePatch", { kind: "Node" }), object("v1", "Node", true));
        assert.deepEqual(parseToken("kubernetes:core/v1:NodePatch"), object("v1", "Node", true));
        assert.deepEqual(parseToken("kubernetes:example.com/v1:HotPatch"), object("example.com/v1", "HotPatch"));
        assert.deepEqual(
            parseToken("kubernetes:example.com/v1:HotPatch", { kind: "HotPatch" }),
            object("example.com/v1", "HotPatch"),
        );
        assert.deepEqual(
            parseToken("kubernetes:example.com/v1:GizmoPatch", { kind: "Gizmo" }),
            object("example.com/v1", "Gizmo", true),
        );
    });

    it("know the Helm release", () => {
        assert.deepEqual(parseToken("kubernetes:helm.sh/v3:Release"), { kind: "release" });
    });

    it("are refused with advice where the lab has nothing to stand in", () => {
        assert.throws(() => parseToken("kubernetes:core/v1:PodList"), /a list is no object.*write each item/);
        assert.throws(() => parseToken("kubernetes:helm.sh/v4:Chart"), /write a kubernetes\.helm\.v3\.Release/);
        assert.throws(() => parseToken("kubernetes:yaml/v2:ConfigGroup"), /write the objects as resources/);
        assert.throws(() => parseToken("kubernetes:nonsense"), /is no type of the Kubernetes plugin/);
    });
});
