import assert from "node:assert/strict";
import type { Properties } from "../../../../lab/providers/kit/provider";
import { freePorts } from "../../../support/free-ports";
import { configMap, Rig } from "./rig";

describe("Kubernetes objects when the cluster is away", function () {
    this.timeout(20_000);
    const settings = (port: number | undefined): Properties => ({
        kubeconfig: JSON.stringify({
            "current-context": "a",
            contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
            clusters: [{ name: "a", cluster: { server: `https://127.0.0.1:${port}` } }],
            users: [{ name: "a", user: { token: "t" } }],
        }),
    });
    let closed: Rig;
    before(async () => (closed = await Rig.start(settings((await freePorts("127.0.0.1", 1))[0]))));

    it("are previewed as written, with one warning for all of them", async () => {
        for (const name of ["a", "b"]) {
            const outputs = await closed.preview(configMap, { metadata: { name }, data: { x: "1" } });
            assert.deepEqual(outputs["data"], { x: "1" });
        }
        const warnings = closed.logs.filter(({ severity }) => severity === "warning");
        assert.equal(warnings.length, 1);
        assert.match(warnings[0]?.message ?? "", /API server at https:\/\/127\.0\.0\.1:\d+ does not answer/);
    });

    it("are neither made nor changed nor read, each with one clear error", async () => {
        const made = { type: configMap, urn: "u", id: "default/a", inputs: { metadata: { name: "a" } }, outputs: {} };
        await assert.rejects(
            closed.create(configMap, { metadata: { name: "a" } }),
            /not created: the Kubernetes API server at .* does not answer/,
        );
        await assert.rejects(closed.update(made, { metadata: { name: "a" } }), /not updated: /);
        await assert.rejects(closed.read(made), /not read: .*PULUMI_K8S_DELETE_UNREACHABLE=true/);
        await assert.rejects(closed.delete(made), /not deleted: .*PULUMI_K8S_DELETE_UNREACHABLE=true/);
    });

    it("are dropped from the state, or kept as they are, when the settings say so", async () => {
        const made = {
            type: configMap,
            urn: "u",
            id: "default/a",
            inputs: { metadata: { name: "a" } },
            outputs: { kept: true },
        };
        const [port] = await freePorts("127.0.0.1", 1);
        const dropping = await Rig.start({ ...settings(port), deleteUnreachable: "true" });
        assert.equal(await dropping.read(made), undefined);
        await dropping.delete(made);
        const keeping = await Rig.start({ ...settings(port), skipUpdateUnreachable: "true" });
        assert.deepEqual((await keeping.read(made))?.outputs, { kept: true });
        assert.deepEqual(
            (await keeping.check(configMap, { metadata: { name: "a" }, data: { new: "1" } }, made)).inputs,
            made.inputs,
        );
    });
});
