import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Secrets } from "../../infra/config/load";
import { secretKeys } from "../../infra/config/secrets";
import { comment } from "../../scripts/pr-comment/comment";
import { readPreview } from "../../scripts/pr-comment/read-preview";
import { house } from "../../stacks/house";
import { startPreviews } from "../scripts/pr-comment/previews";
import type { Engine } from "../support/engine";
import { captureGraph, type CapturedResource, type Graph } from "../support/graph";
import { stackConfig, stackNames } from "../support/stack-graph";

/** A value for every secret setting. Long enough that no part of it is anywhere by chance. */
const settings = {
    proxmoxApiToken: "homelab@pve!pulumi=5ec2e700-0000-4000-8000-00000000beef",
    proxmoxSshPassword: "swordfish of the ssh user",
    proxmoxSshPrivateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${"c3dvcmRmaXNoIG9mIHRoZSBrZXk".repeat(2)}\n-----END OPENSSH PRIVATE KEY-----\n`,
    upsPassword: "swordfish of the nut server",
    kubeconfig: `users: [{ name: me, user: { token: swordfish-of-a-service-account } }]`,
    objectStorageAccessKeyId: "swordfish of the bucket's owner",
    objectStorageSecretAccessKey: "swordfish of the buckets",
    loginClientSecret: "swordfish of the login",
} satisfies Record<(typeof secretKeys)[number], string>;
/** What the providers make up, by the resource's name. */
const generated = (name: string) => `swordfish of ${name}`;
const generatedText = "swordfish of ";

/** The telling part of each: of a key, a line of its middle; of the token, its uuid. */
const telling = [
    "5ec2e700-0000-4000-8000-00000000beef",
    "swordfish of the ssh",
    "c3dvcmRmaXNoIG9mIHRoZSBrZXk",
    "swordfish of the nut",
    "swordfish-of-a-service-account",
    generatedText,
];

/** Independent of the mask on purpose: raw, for URLs, and in base64 wherever it begins. */
const forms = telling.flatMap((text) => [
    text,
    encodeURIComponent(text),
    ...[0, 1, 2].map((offset) => {
        const encoded = Buffer.from("\0".repeat(offset) + text).toString("base64");
        return encoded.slice(offset === 0 ? 0 : offset + 1, Math.floor((8 * (offset + text.length)) / 6));
    }),
]);

function foundIn(text: string): string[] {
    return forms.filter((form) => text.includes(form));
}

/** Properties without those that the program marked as secret. */
function open(value: unknown, path: string, secretPaths: readonly string[]): unknown {
    if (secretPaths.includes(path)) return "[secret]";
    if (Array.isArray(value)) return value.map((item, index) => open(item, `${path}[${index}]`, secretPaths));
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, item]): [string, unknown] => [
        key,
        open(item, path === "" ? key : `${path}.${key}`, secretPaths),
    ]);
    return Object.fromEntries(entries);
}

function capture(stack: (typeof stackNames)[number], ssh: "password" | "key"): Promise<Graph> {
    const config = stackConfig(stack);
    const hosts = config.hosts.map(({ name, datastores }) => ({ name, datastores: Object.values(datastores) }));
    const observe = () => Promise.resolve({ hosts, guests: [] });
    const secrets = (): Secrets => ({
        proxmoxApiToken: pulumi.secret(settings.proxmoxApiToken),
        proxmoxSshPassword: ssh === "password" ? pulumi.secret(settings.proxmoxSshPassword) : undefined,
        proxmoxSshPrivateKey: ssh === "key" ? pulumi.secret(settings.proxmoxSshPrivateKey) : undefined,
        loginClientSecret: pulumi.secret(settings.loginClientSecret),
        upsPassword: pulumi.secret(settings.upsPassword),
        objectStorageAccessKeyId: pulumi.secret(settings.objectStorageAccessKeyId),
        objectStorageSecretAccessKey: pulumi.secret(settings.objectStorageSecretAccessKey),
    });
    const program = () => house(config, secrets(), { gate: ({ kubeconfig }) => kubeconfig, observe });
    const outputs = (type: string, name: string): Record<string, unknown> => {
        if (type === "random:index/randomPassword:RandomPassword") return { result: generated(name) };
        if (type === "aws:iam/accessKey:AccessKey") return { secret: generated(name) };
        return type === "tls:index/privateKey:PrivateKey" ? { privateKeyPem: generated(name) } : {};
    };
    return captureGraph(program, { stack, outputs });
}

/** The preview of a graph in which the engine lost every mark of a secret. */
function unmarkedPreview({ resources }: Graph): string {
    const steps = resources.map(({ urn, props }) => ({ op: "create", urn, newState: { inputs: props } }));
    return JSON.stringify({ steps, changeSummary: { create: steps.length } }, undefined, 4);
}

const isSecretObject = ({ type }: CapturedResource) => type === "kubernetes:core/v1:Secret";

describe("the secrets of a house", () => {
    for (const stack of stackNames) {
        for (const ssh of ["password", "key"] as const) {
            describe(`in ${stack}, with an SSH ${ssh}`, () => {
                let graph: Graph;
                before(async () => {
                    graph = await capture(stack, ssh);
                });

                it("are used, so that looking for them can find them", () => {
                    const all = JSON.stringify(graph.resources.map(({ props }) => props));
                    const ups = stackConfig(stack).ups === undefined ? [] : [telling[3]];
                    for (const text of [telling[0], ssh === "key" ? telling[2] : telling[1], ...ups, generatedText]) {
                        assert.ok(text !== undefined && all.includes(text), text);
                    }
                });

                it("are in no input that is not marked as secret", () => {
                    for (const { props, secretPaths, urn } of graph.resources) {
                        assert.deepEqual(foundIn(JSON.stringify(open(props, "", secretPaths))), [], urn);
                    }
                });

                it("are in no object of the cluster but a Secret, marked or not, where everybody may read them", () => {
                    const objects = graph.resources.filter(({ type }) => type.startsWith("kubernetes:"));
                    for (const object of objects.filter((own) => !isSecretObject(own))) {
                        assert.deepEqual(foundIn(JSON.stringify(object.props)), [], object.urn);
                    }
                    assert.ok(objects.some(isSecretObject));
                });

                it("are not in a name", () => {
                    assert.deepEqual(foundIn(graph.resources.map(({ urn }) => urn).join("\n")), []);
                });

                it("are not in the comment, even of a preview that lost every mark", () => {
                    const output = unmarkedPreview(graph);
                    assert.notDeepEqual(foundIn(output), []);
                    const names = graph.resources.map(({ name }) => generated(name));
                    const text = comment({
                        ...{
                            purpose: "preview",
                            environment: stack,
                            preview: readPreview(output),
                            exitCode: 0,
                            log: output,
                        },
                        ...{ secrets: [...Object.values(settings), ...names], commit: undefined, runUrl: undefined },
                    });
                    assert.deepEqual(foundIn(text), []);
                    assert.match(text, /\[secret\]/);
                });
            });
        }
    }
});

describe("the secrets of a real engine's stack", function () {
    this.timeout(120_000);
    let engine: Engine;
    const program = `
const pulumi = require("@pulumi/pulumi");
const config = new pulumi.Config("homelab");
const secrets = ${JSON.stringify(secretKeys)}.map((key) => config.requireSecret(key));
const all = pulumi.all(secrets);
pulumi.log.info("the house has " + secrets.length + " secrets");
const make = (type, name, props) => new pulumi.CustomResource(type, name, props);
make("kubernetes:core/v1:Secret", "all", { metadata: { name: "all", namespace: "media" }, stringData: { all: all.apply((texts) => texts.join("\\n")) } });
make("kubernetes:core/v1:Secret", "encoded", { metadata: { name: "encoded", namespace: "media" }, data: { all: all.apply((texts) => Buffer.from("x" + texts.join(" ")).toString("base64")) } });
make("proxmoxve:index/vmLegacy:VmLegacy", "vm", { nodeName: "pve-1", userData: all.apply((texts) => texts.map((text) => "login: " + text).join("\\n")) });
exports.url = pulumi.interpolate\`ssh://root:\${secrets[1]}@pve-1\`;
`;
    before(async () => {
        engine = await startPreviews();
        await engine.program(program);
        for (const key of secretKeys) await engine.setConfig(`homelab:${key}`, settings[key], true);
    });
    after(() => engine.close());

    it("are in no file of the stack: configuration, state, history, backups", async () => {
        const { code, output } = await engine.up();
        assert.equal(code, 0, output);
        assert.deepEqual(foundIn(output), []);
        assert.deepEqual(foundIn(await engine.stateText()), []);
        const state = join("lab", "state", ".pulumi");
        const files = ["Pulumi*.yaml", `${state}/**/*.json`, `${state}/**/*.bak`].flatMap((pattern) =>
            globSync(pattern, { cwd: engine.folder }).map((file) => join(engine.folder, file)),
        );
        for (const part of ["Pulumi.test.yaml", "stacks", "history", "backups"]) {
            const found = files.some((file) => file.includes(part));
            assert.ok(found, part);
        }
        for (const file of files) assert.deepEqual(foundIn(readFileSync(file, "utf8")), [], file);
    });

    it("are in no output of a preview that people read, nor in its document", async () => {
        await engine.reset();
        delete engine.environment["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"];
        for (const args of [["--diff"], ["--json"], ["--diff", "--show-replacement-steps", "--show-config"]]) {
            const { output } = await engine.preview(...args);
            assert.deepEqual(foundIn(output), [], args.join(" "));
        }
    });

    it("are in the stream of a preview, in its debug messages, and not in the comment that is made of it", async () => {
        await engine.reset();
        engine.environment["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true";
        const { code, output } = await engine.preview("--json");
        assert.notDeepEqual(foundIn(output), []);
        for (const secrets of [[], Object.values(settings), undefined]) {
            const text = comment({
                ...{ purpose: "preview", environment: "prod", preview: readPreview(output), exitCode: code, log: "" },
                ...{ secrets, commit: undefined, runUrl: undefined },
            });
            assert.deepEqual(foundIn(text), []);
            assert.match(text, /4 to create/);
        }
    });
});
