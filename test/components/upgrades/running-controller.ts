import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "../../../lab/kube/client";
import { accountKubeconfig } from "../../support/account-kubeconfig";
import type { ControlPlane } from "../../support/control-plane";
import { eventually } from "../../support/eventually";
import { goProgram } from "../../support/go-program";
import { at, only, type Graph } from "../../support/graph";
import { kubeObjects, Paths } from "../../support/kube-objects";
import { removeFolder } from "../../support/scratch-folder";

export const NAMESPACE = "system-upgrade";
const CONTROLLER = "system-upgrade-controller";

/** What the controller needs of the component, in place of its pod. */
const KINDS = [
    ...["Namespace", "CustomResourceDefinition", "ServiceAccount"],
    ...["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
];

/** A real system-upgrade-controller, with the settings and the rights that the component gives to its pod. */
export interface RunningController {
    /** What it said so far. */
    output(): string;
    stop(): void;
}

/** The controller, built the first time. */
export function upgradeController(): Promise<string> {
    return goProgram(join(__dirname, "controller"), "github.com/rancher/system-upgrade-controller");
}

/** Makes what the component makes, but no pod: starts the controller as the account of one, and then brings the plans. */
export async function startController(program: string, plane: ControlPlane, graph: Graph): Promise<RunningController> {
    const paths = new Paths(plane.client);
    const objects = kubeObjects(graph);
    const apply = async (object: KubeObject) => plane.client.apply(await paths.of(object), object, "test");
    for (const object of objects.filter(({ kind = "" }) => KINDS.includes(kind))) await apply(object);
    const folder = mkdtempSync(join(tmpdir(), "upgrades-"));
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, await accountKubeconfig(plane, NAMESPACE, CONTROLLER), { mode: 0o600 });
    const env = { PATH: process.env["PATH"], ...settingsOf(graph), SYSTEM_UPGRADE_CONTROLLER_NODE_NAME: "server-1" };
    const child = spawn(program, ["--kubeconfig", kubeconfig], { cwd: folder, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const stop = () => {
        child.kill("SIGKILL");
        removeFolder(folder);
    };
    try {
        await eventually("plans can be made", () => plane.client.find("/apis/upgrade.cattle.io/v1"));
        for (const object of objects.filter(({ kind }) => kind === "Plan")) await apply(object);
    } catch (error) {
        stop();
        throw new Error(`${String(error)}\n${output}`, { cause: error });
    }
    return { output: () => output, stop };
}

/** The settings of the controller's container, without those that a pod knows of itself. */
function settingsOf(graph: Graph): Record<string, string> {
    const deployment = only(graph, "kubernetes:apps/v1:Deployment");
    const [container] = at(deployment, "spec", "template", "spec", "containers") as {
        env: { name: string; value?: string }[];
    }[];
    assert.ok(container, "the controller has no container");
    return Object.fromEntries(
        container.env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
    );
}
