import assert from "node:assert/strict";
import { secretsIn, secretsOfEnvironment } from "../../../scripts/mask/known-secrets";

const signature = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

describe("the known secrets", () => {
    it("are the secret settings of a configuration, structured ones with all their texts", () => {
        const config = {
            "homelab:token": { value: "first", secret: true },
            "homelab:house": { value: "open", objectValue: { name: "open" }, secret: false },
            "homelab:logins": { value: '{"a":"second"}', objectValue: { a: "second" }, secret: true },
        };
        assert.deepEqual(secretsIn(JSON.stringify(config), "config.json"), ["first", '{"a":"second"}', "second"]);
    });

    it("are the secrets of a state, where they stand in plain", () => {
        const outputs = {
            result: { ...signature, plaintext: '"first"' },
            nested: [{ deep: { ...signature, plaintext: '{"a":"second"}' } }],
            open: "open",
        };
        const state = { version: 3, deployment: { resources: [{ urn: "x", outputs }] } };
        assert.deepEqual(secretsIn(JSON.stringify(state), "state.json"), ["first", "second"]);
    });

    for (const [what, text] of [
        ["nothing", ""],
        ["the message of a command that failed", "error: getting stack configuration: incorrect passphrase"],
        ["another document", '{"steps":[]}'],
    ] as const) {
        it(`are asked for with the command that tells them, where the file holds ${what}`, () => {
            assert.throws(() => secretsIn(text, "secrets.json"), /^Error: secrets\.json: is .*pulumi config --json/);
        });
    }

    it("are the variables whose names say so", () => {
        const env = {
            AWS_SECRET_ACCESS_KEY: "first",
            GITHUB_TOKEN: "second",
            PULUMI_CONFIG_PASSPHRASE: "third",
            HOME: "/x",
        };
        assert.deepEqual(secretsOfEnvironment(env), ["first", "second", "third"]);
    });
});
