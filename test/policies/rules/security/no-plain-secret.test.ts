import assert from "node:assert/strict";
import { noPlainSecret as rule } from "../../../../policies/rules/security/no-plain-secret";
import { fact, judge, workload } from "../../house";
import { secret, unknownText } from "../../preview";

const clean = { messages: [], unchecked: [] };

function variable(name: string, value: unknown): readonly string[] {
    return judge(rule, workload({ container: { env: [{ name, value }] } })).messages;
}

function config(data: unknown): readonly string[] {
    const metadata = { name: "settings", namespace: "media" };
    return judge(rule, fact("kubernetes:core/v1:ConfigMap", { metadata, data })).messages;
}

describe("no-plain-secret", () => {
    it("accepts a password that is read from a Secret", () => {
        const env = [{ name: "POSTGRES_PASSWORD", valueFrom: { secretKeyRef: { name: "database", key: "password" } } }];
        assert.deepEqual(judge(rule, workload({ container: { env } })), clean);
    });

    for (const [name, value] of [
        ["POSTGRES_PASSWORD_FILE", "hunter2hunter2"],
        ["TOKEN", "/run/secrets/token"],
        ["REDIS_PASSWORD", "$(CACHE_PASSWORD)"],
        ["ALLOW_EMPTY_PASSWORD", "yes"],
        ["TOKEN_LIFETIME", "3600"],
        ["DATABASE", "postgres://jellyfin:$(PASSWORD)@jellyfin-postgres:5432/jellyfin"],
        ["MONKEY", "banana"],
        ["PASSWORD", ""],
    ] as const) {
        it(`accepts ${name}=${value}`, () => assert.deepEqual(variable(name, value), []));
    }

    it("refuses a password in a variable, without showing it", () => {
        assert.deepEqual(variable("POSTGRES_PASSWORD", "hunter2"), [
            "StatefulSet media/jellyfin spec.template.spec.containers[0].env[0].value: POSTGRES_PASSWORD is named as a secret, " +
                "and stands here for everybody who may read pods, logs or previews (no-plain-secret); " +
                "read it by valueFrom.secretKeyRef",
        ]);
    });

    for (const [name, value] of [
        ["PGPASSWORD", "hunter2"],
        ["JELLYFIN_API_KEY", "0f1e2d"],
        ["GITHUB_TOKEN", "hunter2"],
        ["DATABASE_URL", "postgres://jellyfin:hunter2@jellyfin-postgres/jellyfin"],
        ["KEY", "-----BEGIN EC PRIVATE KEY-----\nhunter2"],
    ] as const) {
        it(`refuses ${name} with what looks like a secret`, () => {
            const found = variable(name, value).join();
            assert.match(found, new RegExp(`env\\[0\\]\\.value: ${name} `));
            assert.doesNotMatch(found, /hunter2|0f1e2d/);
        });
    }

    it("refuses what the program marks as a secret, whatever its name", () => {
        assert.match(variable("WORDS", secret("hunter2")).join(), /WORDS is a secret of the program/);
    });

    it("refuses a ConfigMap with a password in one of its files", () => {
        assert.match(
            config({ "app.ini": "[db]\nhost = postgres\npassword = hunter2\n" }).join(),
            /^ConfigMap media\/settings data\["app\.ini"\]: app\.ini sets password, .* put it into a Secret$/,
        );
        assert.equal(config({ "api-key": "hunter2", "a.yaml": 'smtp_password: "hunter2"' }).length, 2);
    });

    it("accepts a ConfigMap that says where the password is", () => {
        assert.deepEqual(config({ "app.ini": "password = ${PASSWORD}\npassword_file = /run/secrets/password\n" }), []);
        assert.deepEqual(config({ "start.sh": 'password="$(cat /run/secrets/password)"\n' }), []);
        assert.deepEqual(config(undefined), []);
    });

    it("leaves an unknown value unchecked and judges the next", () => {
        const env = [
            { name: "PASSWORD", value: unknownText },
            { name: "TOKEN", value: "hunter2" },
        ];
        const found = judge(rule, workload({ container: { env } }));
        assert.equal(found.messages.length, 1);
        assert.deepEqual(found.unchecked, ["spec.template.spec.containers.0.env.0.value"]);
    });

    it("does not apply to Secrets", () => {
        assert.equal(rule.applies("kubernetes:core/v1:Secret"), false);
    });
});
