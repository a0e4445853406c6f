import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord, valueAt } from "../../../lab/plain-values";
import type { TestHouse } from "../../support/house";

/** Types of the engine's resources that make a secret, and the output that holds it. */
const MAKERS: Readonly<Record<string, string>> = {
    "random:index/randomPassword:RandomPassword": "result",
    "tls:index/privateKey:PrivateKey": "privateKeyPem",
};
/** Kinds that may hold a secret. */
const KEEPERS = new Set(["secrets"]);

/** Looks for the secrets of a running house where somebody who may not know them can look. */
export function describeSecretPlaces(house: TestHouse): void {
    describe("keeps its secrets", () => {
        /** What may be nowhere, by the name of the resource that made it. */
        const secrets = new Map<string, readonly string[]>();
        const foundIn = (text: string) =>
            [...secrets].filter(([, forms]) => forms.some((form) => text.includes(form))).map(([name]) => name);

        before(async () => {
            const { code, stdout, output } = await house.shell("pulumi stack export --stack dev --show-secrets");
            assert.equal(code, 0, output);
            const resources: unknown = valueAt(JSON.parse(stdout), "deployment.resources");
            assert.ok(Array.isArray(resources));
            for (const resource of resources) {
                const maker = MAKERS[String(valueAt(resource, "type"))];
                const made = maker === undefined ? undefined : textOf(valueAt(resource, `outputs.${maker}`));
                if (made !== undefined) secrets.set(String(valueAt(resource, "urn")), forms(made));
            }
        });

        it("in Secrets, so that looking for them can find them", async () => {
            assert.ok(secrets.size >= 8, `${secrets.size} secrets`);
            const { stdout } = await house.shell("kubectl get secrets --all-namespaces --output json");
            assert.notDeepEqual(foundIn(stdout), []);
        });

        it("out of every other object of the cluster", async () => {
            const kinds = await house.shell("kubectl api-resources --verbs=list --output=name");
            const others = kinds.stdout
                .trim()
                .split("\n")
                .filter((kind) => !KEEPERS.has(kind));
            assert.ok(others.includes("configmaps") && others.includes("jobs.batch"), kinds.output);
            const { code, stdout, output } = await house.shell(
                `kubectl get ${others.join(",")} --all-namespaces --output json`,
            );
            assert.equal(code, 0, output);
            assert.match(stdout, /"kind": "StatefulSet"/);
            assert.deepEqual(foundIn(stdout), []);
        });

        it("out of the logs of its machines, of what runs on them, and of the lab", () => {
            const logs = readdirSync(house.paths.logs, { recursive: true, withFileTypes: true }).filter((entry) =>
                entry.isFile(),
            );
            assert.ok(logs.some(({ parentPath }) => parentPath.endsWith("machines")));
            for (const { parentPath, name } of logs)
                assert.deepEqual(foundIn(readFileSync(join(parentPath, name), "utf8")), [], name);
        });

        it("out of the logs of its pods", async () => {
            const script = `kubectl get pods --all-namespaces --no-headers --output custom-columns=:.metadata.namespace,:.metadata.name |
                while read -r namespace name; do kubectl --namespace "$namespace" logs "$name" --all-containers 2>&1 || true; done`;
            const { stdout } = await house.shell(script);
            assert.deepEqual(foundIn(stdout), []);
        });

        it("out of the arguments of every process", () => {
            const commands = house.processes().map(({ command }) => command);
            assert.ok(commands.length >= 7);
            for (const command of commands) assert.deepEqual(foundIn(command), []);
        });
    });
}

/** A secret as the export shows it: text, or text marked as secret. */
function textOf(value: unknown): string | undefined {
    if (typeof value === "string") return value;
    const marked = isRecord(value) ? value["plaintext"] : undefined;
    return typeof marked === "string" ? String(JSON.parse(marked)) : undefined;
}

/** As it is, and in base64 wherever it begins; of a key, a line of its middle. */
function forms(secret: string): string[] {
    const lines = secret.trim().split("\n");
    const telling = lines[Math.floor(lines.length / 2)] ?? secret;
    const encoded = [0, 1, 2].map((offset) => {
        const whole = Buffer.from("\0".repeat(offset) + telling).toString("base64");
        return whole.slice(offset === 0 ? 0 : offset + 1, Math.floor((8 * (offset + telling.length)) / 6));
    });
    return [telling, encodeURIComponent(telling), ...encoded];
}
