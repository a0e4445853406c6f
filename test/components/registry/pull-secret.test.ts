import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
import type { MustSucceed } from "../../../components/must-succeed";
import { PullSecret, REFRESH_SCRIPT } from "../../../components/registry";
import { startMoto } from "../../../lab/aws/moto";
import { labPaths } from "../../../lab/paths";
import { ensureMoto } from "../../../lab/toolchain/moto";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { freePorts } from "../../support/free-ports";
import { at, captureGraph, ofType, type CapturedResource, type Graph } from "../../support/graph";
import { kubeObjects, Paths } from "../../support/kube-objects";
import { pythonEnvironment } from "../../support/python-environment";
import { removeFolder } from "../../support/scratch-folder";

const HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
const watched: MustSucceed[] = [];

function build(): Promise<Graph> {
    return captureGraph(() => {
        const provider = new k8s.Provider("kubernetes", { kubeconfig: "{}" });
        const secret = new PullSecret(
            "registry-media",
            {
                ...{ namespace: "media", partOf: "media" },
                registry: {
                    ...{ host: HOST, region: "eu-central-1", endpoint: undefined },
                    accessKeyId: pulumi.secret("AKIAEXAMPLE"),
                    secretAccessKey: pulumi.secret("keyThatNobodyMaySee"),
                },
                apiServer: [{ kind: "addresses", cidr: "192.168.20.21/32", ports: [6443] }],
            },
            { provider },
        );
        watched.push(secret.watch);
    });
}

function one(graph: Graph, type: string, name: string): CapturedResource {
    const found = ofType(graph, type).find((resource) => at(resource, "metadata", "name") === name);
    assert.ok(found, `${type} ${name}`);
    return found;
}

describe("the pull secret of a namespace", () => {
    let graph: Graph;
    before(async () => {
        graph = await build();
    });

    it("is written at once by a Job and every six hours by a CronJob that never runs twice at a time", () => {
        const job = one(graph, "kubernetes:batch/v1:Job", "registry-pull-first");
        const refresh = one(graph, "kubernetes:batch/v1:CronJob", "registry-pull-refresh");
        assert.equal(at(refresh, "spec", "schedule"), "17 */6 * * *");
        assert.equal(at(refresh, "spec", "concurrencyPolicy"), "Forbid");
        for (const path of [["spec"], ["spec", "jobTemplate", "spec"]] as const) {
            const bounded = path.length === 1 ? job : refresh;
            assert.deepEqual(
                [at(bounded, ...path, "backoffLimit"), at(bounded, ...path, "activeDeadlineSeconds")],
                [4, 600],
            );
        }
    });

    it("is the only thing that its two accounts may change", () => {
        const rules = at(one(graph, "kubernetes:rbac.authorization.k8s.io/v1:Role", "registry-pull"), "rules");
        assert.deepEqual(rules, [
            { apiGroups: [""], resources: ["secrets"], resourceNames: ["registry-pull"], verbs: ["patch"] },
        ]);
        const binding = one(graph, "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "registry-pull");
        assert.deepEqual(
            [at(binding, "subjects", 0, "name"), at(binding, "subjects", 1, "name"), at(binding, "subjects", 2)],
            ["registry-pull-first", "registry-pull-refresh", undefined],
        );
    });

    it("is left as the Job wrote it by the program, which only knows it empty", () => {
        const secret = one(graph, "kubernetes:core/v1:Secret", "registry-pull");
        assert.equal(at(secret, "type"), "kubernetes.io/dockerconfigjson");
        assert.deepEqual(secret.opts.ignoreChanges, ["data"]);
    });

    it("has the key of AWS in a secret of its own, as a file, and in no argument and no variable", () => {
        const others = graph.resources.filter(({ type }) => type !== "kubernetes:core/v1:Secret");
        for (const { props, urn } of others)
            assert.doesNotMatch(JSON.stringify(props), /keyThatNobodyMaySee|AKIA/, urn);
        const key = one(graph, "kubernetes:core/v1:Secret", "registry-pull-key");
        assert.match(String(at(key, "stringData", "credentials")), /aws_secret_access_key = keyThatNobodyMaySee/);
    });

    it("hands over what has to succeed, and how soon somebody has to look: after a run was missed, before a pull fails", () => {
        const [watch] = watched;
        assert.deepEqual([watch?.kind, watch?.name, watch?.namespace], ["cron-job", "registry-pull-refresh", "media"]);
        assert.ok(watch && watch.withinSeconds > 6 * 3600 && watch.withinSeconds < 12 * 3600);
    });
});

const haveCurl = spawnSync("curl", ["--version"]).status === 0;

// The AWS CLI, curl, moto and an API server are real; the image that the house runs them in is not here.
(haveCurl ? describe : describe.skip)("the script that writes it, run by a shell, the AWS CLI and curl,", function () {
    this.timeout(240_000);
    let plane: ControlPlane;
    let paths: Paths;
    let folder: string;
    let server: string;
    let moto: Awaited<ReturnType<typeof startMoto>>;

    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "registry-"));
        plane = await startControlPlane();
        paths = new Paths(plane.client);
        const python = await ensureMoto({ cache: labPaths(".").cache, env: process.env });
        const [port = 0] = await freePorts("127.62.20.4", 1);
        moto = await startMoto({
            ...{ python, address: "127.62.20.4", port },
            ...{ logFile: join(folder, "moto.log"), recording: join(folder, "recording") },
        });
        const wanted = new Set(["Secret", "ServiceAccount", "Role", "RoleBinding"]);
        const labels = { name: "media" };
        await plane.client.request("POST", "/api/v1/namespaces", {
            body: { apiVersion: "v1", kind: "Namespace", metadata: labels },
        });
        for (const object of kubeObjects(await build())) {
            if (wanted.has(object.kind ?? "")) await plane.client.apply(await paths.of(object), object, "pulumi");
        }
        const account = "/api/v1/namespaces/media/serviceaccounts/registry-pull-refresh/token";
        const { status } = await plane.client.request<{ status: { token: string } }>("POST", account, {
            body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
        });
        await writeFile(join(folder, "token"), status.token);
        const cli = await pythonEnvironment("awscli", join(__dirname, "requirements.txt"));
        await mkdir(join(folder, "bin"));
        await writeFile(join(folder, "bin", "aws"), `#!/bin/sh\nexec '${cli}' -m awscli "$@"\n`, { mode: 0o755 });
        await writeFile(join(folder, "namespace"), "media");
        const [entry] = (parse(plane.kubeconfig) as { clusters: { cluster: Record<string, string> }[] }).clusters;
        server = entry?.cluster["server"] ?? "";
        await writeFile(
            join(folder, "ca.crt"),
            Buffer.from(entry?.cluster["certificate-authority-data"] ?? "", "base64"),
        );
        await writeFile(join(folder, "credentials"), "[default]\naws_access_key_id = a\naws_secret_access_key = b\n");
    });
    after(async () => {
        await moto.stop();
        await plane.stop();
        removeFolder(folder);
    });

    const run = (secretName: string) =>
        promisify(execFile)("/bin/sh", ["-c", REFRESH_SCRIPT], {
            env: {
                PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
                ...{ REGISTRY: HOST, SECRET_NAME: secretName, WORK: folder, HOME: folder, ACCOUNT_FILES: folder },
                API_SERVER: server,
                AWS_REGION: "eu-central-1",
                AWS_DEFAULT_REGION: "eu-central-1",
                AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
                AWS_ENDPOINT_URL: moto.endpoint,
            },
        });
    const stored = async (name: string): Promise<string> => {
        const { data } = await plane.client.get<{ data: Record<string, string> }>(
            `/api/v1/namespaces/media/secrets/${name}`,
        );
        return Buffer.from(data[".dockerconfigjson"] ?? "", "base64").toString();
    };

    it("puts a login for the registry into the secret, as the kubelet reads it, and shows it to nobody", async () => {
        assert.equal(await stored("registry-pull"), '{"auths":{}}');
        const { stdout, stderr } = await run("registry-pull");
        const { auths } = JSON.parse(await stored("registry-pull")) as {
            auths: Record<string, { username: string; password: string; auth: string }>;
        };
        const login = auths[HOST];
        assert.ok(login && login.username === "AWS" && login.password.length > 3);
        assert.equal(Buffer.from(login.auth, "base64").toString(), `AWS:${login.password}`);
        assert.equal(stderr, "");
        assert.equal(stdout, `wrote a new password for ${HOST} into the secret registry-pull\n`);
        assert.equal((await readFile(join(folder, "patch.json"), "utf8")).includes(login.auth), false);
    });

    it("may write no other secret", async () => {
        await assert.rejects(run("registry-pull-key"), /403/);
        await assert.rejects(run("registry-password"), /403/);
    });
});
