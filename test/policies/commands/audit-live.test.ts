import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../../policies/cli";
import { rules } from "../../../policies/rules/index";
import { type ControlPlane, startControlPlane } from "../../support/control-plane";
import { installChartKinds, installTraefikKinds, kubeObjects, Paths } from "../../support/kube-objects";
import { removeFolder } from "../../support/scratch-folder";
import { captureStack } from "../../support/stack-graph";
import { today } from "../house";

describe("npm run policy -- audit, over a live cluster", function () {
    this.timeout(120_000);
    const folder = mkdtempSync(join(tmpdir(), "audit-"));
    let plane: ControlPlane;
    let paths: Paths;
    let kubeconfig: string;

    before(async () => {
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        await installTraefikKinds(plane.client, paths);
        await installChartKinds(plane.client, paths);
        for (const object of kubeObjects(await captureStack("prod"))) {
            await plane.client.apply(await paths.of(object), object, "test");
        }
        kubeconfig = file("kubeconfig", plane.kubeconfig);
    });
    after(async () => {
        await plane.stop();
        removeFolder(folder);
    });

    function file(name: string, text: string): string {
        writeFileSync(join(folder, name), text);
        return join(folder, name);
    }

    async function audit(...args: string[]) {
        const [printed, complaints]: [string[], string[]] = [[], []];
        const print = (line: string) => printed.push(line);
        const code = await main(["audit", ...args], { rules, today, print }, (line) => complaints.push(line));
        return { code, printed: printed.join("\n"), complaint: complaints.join("\n") };
    }

    it("finds nothing to mend in the house's own namespace, with all that the server has added", async () => {
        const { code, printed } = await audit(kubeconfig, "--namespace", "jellyfin");
        assert.match(printed, /^\d\d+ resources, \d+ rules: 0 mandatory, 0 advisory, 0 rules broken$/);
        assert.equal(code, 0);
    });

    it("judges a house that this program did not make, and never shows a Secret", async () => {
        const namespace = "bought";
        await plane.client.apply(
            `/api/v1/namespaces/${namespace}`,
            { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
            "test",
        );
        const labels = { app: "bought" };
        const container = {
            name: "main",
            image: "jellyfin/jellyfin:latest",
            env: [{ name: "DB_PASSWORD", value: "hunter2-5f2e" }],
        };
        const deployment = {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "bought", namespace },
            spec: {
                replicas: 2,
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: { containers: [container] } },
            },
        };
        await plane.client.apply(await paths.of(deployment), deployment, "test");
        const { code, printed } = await audit(kubeconfig, "-n", namespace);
        assert.equal(code, 1);
        for (const rule of [
            "image-pinned",
            "replicas-spread-over-hosts",
            "no-plain-secret",
            "replicated-workload-has-budget",
        ]) {
            assert.match(printed, new RegExp(`^mandatory {2}Deployment bought/bought .*\\(${rule}\\); `, "m"));
        }
        assert.doesNotMatch(printed, /hunter2/);
    });

    it("says that it may not look, and does not end as if all were well", async () => {
        const nobody = JSON.parse(plane.kubeconfig) as { users: { user: object }[] };
        const [entry] = nobody.users;
        assert.ok(entry);
        entry.user = { token: "no-such-token" };
        const { code, printed, complaint } = await audit(file("nobody", JSON.stringify(nobody)));
        assert.equal(code, 2, printed);
        assert.match(complaint, /nobody: the cluster answered 401/);
    });

    it("says so when there is no cluster, or when a program would have to log in", async () => {
        const text = plane.kubeconfig.replace(/https:\/\/[\d.:]+/, "https://127.0.0.1:1");
        assert.match((await audit(file("gone", text))).complaint, /gone: connect ECONNREFUSED/);
        const asks = JSON.parse(plane.kubeconfig) as { users: { user: object }[] };
        for (const entry of asks.users) entry.user = { exec: { command: "aws" } };
        const { code, complaint } = await audit(file("asks", JSON.stringify(asks)));
        assert.equal(code, 2);
        assert.match(complaint, /asked of a program, which an audit does not start; give the audit what `kubectl get/);
    });
});
