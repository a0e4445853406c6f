import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { Mask } from "../../../scripts/mask/mask";

const secret = 'hunter2&"correct" <horse>/+battery';
const mask = new Mask([secret]);
const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

/** Nothing of a text may be read from another: no eight characters of it, in any of the simple forms. */
function assertGone(shown: string, text = secret): void {
    for (const form of [text, base64(text), encodeURIComponent(text), JSON.stringify(text).slice(1, -1)]) {
        for (let start = 0; start + 8 <= form.length; start++) {
            assert.ok(!shown.includes(form.slice(start, start + 8)), `${form.slice(start, start + 8)} is in ${shown}`);
        }
    }
}

describe("the mask", () => {
    for (const [form, text] of [
        ["as it is", secret],
        ["in a connection string", `postgres://jellyfin:${secret}@db:5432/jellyfin?sslmode=require`],
        ["in words", `the password is ${secret}, and must not be seen`],
        ["in JSON", JSON.stringify({ a: secret })],
        ["in JSON in JSON", JSON.stringify({ a: JSON.stringify({ b: secret }) })],
        ["in JSON in JSON in JSON", JSON.stringify(JSON.stringify(JSON.stringify(secret)))],
        [
            "in JSON as Go writes it",
            JSON.stringify(secret).replaceAll("&", "\\u0026").replaceAll("<", "\\u003c").replaceAll(">", "\\u003e"),
        ],
        ["in HTML", secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")],
        ["in YAML's single quotes", `key: '${secret}'`],
        ["encoded for a URL", `https://example.org/?q=${encodeURIComponent(secret)}`],
        ["encoded for a URL in small letters", encodeURIComponent(secret).toLowerCase()],
        ["encoded as a form", new URLSearchParams({ q: secret }).toString()],
        ["encoded for a URL twice", encodeURIComponent(encodeURIComponent(secret))],
        ["with every byte encoded for a URL", [...Buffer.from(secret)].map((byte) => `%${byte.toString(16)}`).join("")],
        ["in base64", base64(secret)],
        ["in base64 behind a user", base64(`user:${secret}`)],
        ["in base64 behind one byte", base64(`a${secret}b`)],
        ["in base64 behind two bytes", base64(`ab${secret}cd`)],
        ["in base64 for URLs", Buffer.from(`??>${secret}`).toString("base64url")],
        ["in base64 twice", base64(base64(secret))],
        [
            "in base64 of a JSON document",
            base64(JSON.stringify({ auths: { registry: { auth: base64(`u:${secret}`) } } })),
        ],
        ["in wrapped base64", base64(`${"x".repeat(70)}${secret}${"y".repeat(70)}`).replace(/.{64}/g, "$&\n")],
        ["in wrapped base64 in JSON", JSON.stringify(base64(`${"x".repeat(70)}${secret}`).replace(/.{64}/g, "$&\n"))],
        ["compressed, in base64", gzipSync(`password=${secret}`).toString("base64")],
        ["in hexadecimal", Buffer.from(secret).toString("hex")],
        ["in hexadecimal capitals", Buffer.from(secret).toString("hex").toUpperCase()],
        ["in Unicode escapes", secret.replace(/./g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)],
    ] as const) {
        it(`hides a known secret ${form}`, () => {
            const shown = mask.text(`before ${text} after`);
            assert.match(shown, /\[secret\]/);
            assert.match(shown, /^before /);
            assertGone(shown);
            assert.ok(!shown.includes(text));
        });
    }

    it("hides any secret in any place of any text, in base64 too", () => {
        const secrets = fc
            .string({ minLength: 8, maxLength: 40, unit: "grapheme" })
            .filter((text) => text.trim().length >= 8);
        fc.assert(
            fc.property(secrets, fc.string(), fc.string(), (text, before, after) => {
                const own = new Mask([text]);
                const trimmed = text.trim();
                assert.ok(!own.text(`${before}${text}${after}`).includes(trimmed));
                const encoded = base64(`${before}${text}${after}`);
                const shown = own.text(encoded);
                assert.ok(!Buffer.from(shown, "base64").toString("utf8").includes(trimmed));
                assert.notEqual(shown, encoded);
            }),
            { numRuns: 300 },
        );
    });

    it("leaves texts without secrets as they are", () => {
        for (const text of [
            "docker.io/library/postgres:18.1-trixie",
            "secretName: jellyfin-database",
            "image: ghcr.io/jpvenson/jellyfin.pgsql:10.11.11-1",
            "tokenPath: /var/run/token",
            "sha256:a733e7d49442a03e70d03e4eb5aaf3967f3efc69ef70952f9bb10fc1ee2c4876",
            "password: $(DATABASE_PASSWORD)",
            "http://jellyfin.media.svc:8096/health",
            "[secret]",
        ]) {
            assert.equal(mask.text(text), text);
        }
    });

    it("hides each line of a key, because a diff takes texts apart", () => {
        const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${"b3BlbnNzaC1rZXktdjEAAAAA".repeat(3)}\n${"AAAAC3NzaC1lZDI1NTE5AAAA".repeat(2)}Q==\n-----END OPENSSH PRIVATE KEY-----\n`;
        const own = new Mask([key]);
        for (const line of key.split("\n").filter((text) => text.length > 20 && !text.startsWith("-----"))) {
            assert.equal(own.text(`    ${line}`).trim(), "[secret]");
        }
    });

    it("hides the part of a Proxmox token that is secret, without the name before it", () => {
        const own = new Mask(["homelab@pve!pulumi=0f6ba1c5-5a4e-4a0f-9a5e-3c2f2a1b4d5e"]);
        assert.equal(own.text("uuid 0f6ba1c5-5a4e-4a0f-9a5e-3c2f2a1b4d5e"), "uuid [secret]");
    });

    it("hides a short secret where it is a whole value, and not in the middle of words", () => {
        const own = new Mask(["test"]);
        assert.equal(own.text("test"), "[secret]");
        assert.equal(own.text(base64("test")), "[secret]");
        assert.equal(own.text("the latest"), "the latest");
    });

    for (const [what, text, shown] of [
        ["a URL's password", "redis://:p@ss/w:rd@redis:6379", "redis://:[secret]@redis:6379"],
        ["a setting of a file", "[db]\npassword = swordfish1\nhost = db", "[db]\npassword = [secret]\nhost = db"],
        ["a setting in JSON", '{"apiKey":"swordfish1","url":"x"}', '{"apiKey":"[secret]","url":"x"}'],
        ["a variable", "PGPASSWORD=swordfish1 psql", "PGPASSWORD=[secret] psql"],
        ["an argument", "--token=swordfish1 --verbose", "--token=[secret] --verbose"],
        ["a keyword of libpq", "Host=db;Password=swordfish1;Database=x", "Host=db;Password=[secret];Database=x"],
        ["a header", "Authorization: Bearer swordfish1swordfish1", "Authorization: Bearer [secret]"],
        ["a key of AWS", "id AKIAIOSFODNN7EXAMPLE", "id [secret]"],
        ["a token of k3s", `K10${"0a".repeat(32)}::server:swordfish`, "[secret]"],
        ["a private key", "x -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- y", "x [secret] y"],
        ["a private key that was cut", "x -----BEGIN PRIVATE KEY-----\nabc", "x [secret]"],
    ] as const) {
        it(`hides ${what} that nobody told it`, () => assert.equal(new Mask([]).text(text), shown));
    }

    it("hides an unknown private key that is in base64", () => {
        const text = base64("tls.key: -----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----");
        assert.equal(new Mask([]).text(text), "[secret]");
    });

    it("hides values by their keys, and none that only point to a secret", () => {
        const shown = new Mask([]).value({
            adminPassword: "a",
            database: { password: ["b", "c"], passwordFile: "/run/x", user: "jellyfin" },
            env: [
                { name: "API_TOKEN", value: "d" },
                { name: "COLOUR", value: "green" },
                { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
            ],
            args: ["--password", "e", "--port", "1"],
            automountServiceAccountToken: false,
            volumes: [{ secret: { secretName: "db" } }],
        });
        assert.deepEqual(shown, {
            adminPassword: "[secret]",
            database: { password: ["[secret]", "[secret]"], passwordFile: "/run/x", user: "jellyfin" },
            env: [
                { name: "API_TOKEN", value: "[secret]" },
                { name: "COLOUR", value: "green" },
                { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } },
            ],
            args: ["--password", "[secret]", "--port", "1"],
            automountServiceAccountToken: false,
            volumes: [{ secret: { secretName: "db" } }],
        });
    });

    it("hides everything in a Kubernetes Secret, marked or not", () => {
        const shown = new Mask([]).value(
            { metadata: { name: "x" }, stringData: { a: "b" }, data: "c" },
            "",
            "kubernetes:core/v1:Secret",
        );
        assert.deepEqual(shown, { metadata: { name: "x" }, stringData: { a: "[secret]" }, data: "[secret]" });
    });

    for (const [what, text] of [
        ["lines", "a line: nothing to see here, move on\n".repeat(20_000)],
        ["one word", "a".repeat(1_000_000)],
        ["one word with an escape", `${"a".repeat(1_000_000)}%zz\\u00`],
        ["addresses", "a://b:".repeat(100_000)],
        ["quotes", "'\"=".repeat(300_000)],
    ] as const) {
        it(`does not take seconds for a megabyte of ${what}`, function () {
            // Counted are the processor's seconds, not those of a machine that has other work.
            this.timeout(120_000);
            const own = new Mask(Array.from({ length: 200 }, (_value, index) => `secret number ${index} of the house`));
            const before = process.cpuUsage();
            assert.equal(own.text(text), text);
            const { user } = process.cpuUsage(before);
            assert.ok(user < 10_000_000, `${Math.round(user / 1000)} ms`);
        });
    }
});
