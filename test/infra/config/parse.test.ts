import assert from "node:assert/strict";
import { z } from "zod";
import { ConfigError, issueLine } from "../../../infra/config/issues";
import { parseConfig } from "../../../infra/config/parse";
import { configSchema } from "../../../infra/config/schema";
import { secretKeys } from "../../../infra/config/secrets";
import {
    changed,
    devHouse,
    invalidHouses,
    machineHouse,
    readHouse,
    schemaOf,
    steps,
    validFiles,
    type RawHouse,
} from "./houses";

/** What is said about a house; nothing when it is right. */
function saidAbout(raw: unknown): string[] {
    try {
        parseConfig(raw);
        return [];
    } catch (error) {
        assert.ok(error instanceof ConfigError, String(error));
        return error.issues.map(issueLine);
    }
}

describe("a right house", () => {
    for (const file of validFiles) {
        it(`is accepted: ${file}`, () => {
            assert.deepEqual(saidAbout(readHouse(file)), []);
        });
    }

    it("is completed with the defaults", () => {
        const cottage = machineHouse(readHouse("test/fixtures/valid/one-host.yaml"));
        assert.deepEqual(cottage.house, {
            name: "cottage",
            domain: "cottage.home.arpa",
            protectData: true,
            readinessBudgetMinutes: 10,
        });
        assert.deepEqual(cottage.hosts[0]?.datastores, { files: "local", disks: "local-lvm" });
        assert.equal(cottage.hosts[0].sshPort, 22);
        assert.equal(cottage.network.pods, "10.42.0.0/16");
        assert.deepEqual(cottage.cluster.joined, []);
        assert.equal(cottage.aws, undefined);
    });

    it("cannot be changed after it was checked, however deep", () => {
        const seen: string[] = [];
        const walk = (value: unknown, path: string): void => {
            if (typeof value === "object" && value !== null) {
                seen.push(path);
                assert.ok(Object.isFrozen(value), `${path} is not frozen`);
                Object.entries(value).forEach(([key, inner]) => walk(inner, `${path}.${key}`));
            }
        };
        walk(devHouse(), "house");
        assert.ok(seen.includes("house.cluster.agents.machines.2"));
    });

    it("is the same house in dev and prod, but for addresses, names and what a lab needs", () => {
        const dev = machineHouse(readHouse("Pulumi.dev.yaml"));
        const prod = machineHouse(readHouse("Pulumi.prod.yaml"));
        const moved = (address: string) => address.replace(/^127\.0\./, "192.168.");
        const machines = (group: (typeof dev)["cluster"]["agents"]) =>
            group?.machines.map((machine) => ({ ...machine, address: moved(machine.address) }));
        assert.deepEqual(machines(dev.cluster.servers), prod.cluster.servers.machines);
        assert.deepEqual(machines(dev.cluster.agents), prod.cluster.agents?.machines);
        assert.deepEqual(
            dev.hosts.map((host) => ({ ...host, address: moved(host.address), sshPort: 22 })),
            prod.hosts,
        );
        assert.deepEqual(dev.cluster.joined, prod.cluster.joined);
        assert.deepEqual(dev.guestImage, prod.guestImage);
        assert.equal(moved(dev.storage.nas.address), prod.storage.nas.address);
        assert.equal(prod.house.protectData, true);
        assert.equal(prod.proxmox.insecure, false);
    });
});

describe("the committed stack files", () => {
    it("hold no secret that is not encrypted", () => {
        const encryptedSchema = z.strictObject({ secure: z.string().startsWith("v1:") });
        for (const file of ["Pulumi.dev.yaml", "Pulumi.prod.yaml"]) {
            const house = readHouse(file);
            const plain = secretKeys.filter((key) => key in house && !encryptedSchema.safeParse(house[key]).success);
            assert.deepEqual(plain, [], file);
        }
    });
});

describe("a house with one mistake is told exactly that one", () => {
    for (const { title, raw, says } of invalidHouses()) {
        it(title, () => {
            assert.equal(says.length, 1, "a fixture has one mistake");
            assert.deepEqual(saidAbout(raw), says);
        });
    }
});

describe("a house with several mistakes", () => {
    const raw = changed(readHouse("Pulumi.dev.yaml"), [
        { set: "jellyfin.replicas", to: 5 },
        { set: "hosts[1].address", to: "127.0.20.11" },
        { set: "hosts[2].address", to: "127.0.20.21" },
        { set: "house.name", to: "The House" },
        { set: "jelyfin", to: { replicas: 2 } },
    ]);

    it("is told all of them at once, in the order of the areas", () => {
        assert.deepEqual(
            saidAbout(raw).map((line) => line.slice(0, line.indexOf(":"))),
            ["house.name", "hosts[1].address", "cluster.servers.machines[0].address", "jellyfin.replicas", "jelyfin"],
        );
    });

    it("is told them in one message, one line each, under a heading that says that nothing was changed", () => {
        assert.throws(
            () => parseConfig(raw),
            (error: Error) => {
                const [heading, ...lines] = error.message.split("\n");
                assert.equal(heading, "5 mistakes in the configuration; nothing was changed.");
                assert.equal(lines.length, 5);
                assert.ok(
                    lines.every((line) => /^ {2}[^ ]+: .+ \(.+\); [a-z].+$/.test(line)),
                    error.message,
                );
                return true;
            },
        );
    });

    it("is not spared a cross-check by a mistake in another area", () => {
        const said = saidAbout(
            changed(readHouse("Pulumi.dev.yaml"), [
                { delete: "network.lan.gateway" },
                { set: "cluster.servers.machines[0].host", to: "pve-7" },
            ]),
        );
        assert.equal(said.length, 2);
        assert.match(said[1] ?? "", /^cluster\.servers\.machines\[0\]\.host: pve-7 is not a host/);
    });
});

describe("something that is no house at all", () => {
    for (const raw of [undefined, null, "homelab", 7, []]) {
        it(`is refused with a word to each area: ${JSON.stringify(raw)}`, () => {
            assert.ok(saidAbout(raw).length > 0);
        });
    }

    it("names every area that an empty file lacks", () => {
        const paths = saidAbout({}).map((line) => line.slice(0, line.indexOf(":")));
        assert.deepEqual(paths, [
            ...["house", "proxmox", "network", "hosts", "guestImage", "cluster", "storage", "jellyfin"],
            "objectStorage",
        ]);
    });
});

/** The paths of all settings of a house, groups included. */
function settingsOf(value: unknown, path: string): string[] {
    if (Array.isArray(value)) {
        return value.flatMap((entry, index) => settingsOf(entry, `${path}[${index}]`));
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([key, inner]) => {
        const own = path === "" ? key : `${path}.${key}`;
        return [own, ...settingsOf(inner, own)];
    });
}

describe("nonsense in the place of any setting", () => {
    const nonsense = [null, "", "two words", "0", -1, 1.5, 1e12, true, [], [null], {}, { secret: "hunter2" }];
    const house = readHouse("Pulumi.dev.yaml");

    it("is either right or told in the form of all messages, and never ends in another error", () => {
        let told = 0;
        for (const path of settingsOf(house, "")) {
            for (const to of nonsense) {
                const said = saidAbout(changed(house, [{ set: path, to }]));
                const badForm = said.filter((line) => !/^[a-zA-Z0-9.[\]]+: [^\n]+ \([^\n]+\); [^\n]+$/.test(line));
                assert.deepEqual(badForm, []);
                assert.ok(!said.some((line) => line.includes("hunter2")));
                told += said.length;
            }
        }
        assert.ok(told > 1000, `only ${told} mistakes`);
    });
});

describe("removing a setting", () => {
    /** Whether the generated JSON schema, which is what the documentation shows, calls the setting required. */
    function isRequired(jsonSchema: unknown, path: readonly string[]): boolean {
        let schema = jsonSchema;
        for (const step of path.slice(0, -1)) {
            schema = /^\d+$/.test(step) ? at(schema, "items") : at(at(having(schema, step), "properties"), step);
        }
        const required = at(having(schema, path.at(-1) ?? ""), "required");
        return Array.isArray(required) && required.includes(path.at(-1));
    }

    /** A group itself, or the kind of a choice that has the setting. */
    function having(schema: unknown, key: string): unknown {
        const options = at(schema, "oneOf");
        return Array.isArray(options) ? options.find((one) => at(at(one, "properties"), key) !== undefined) : schema;
    }

    function at(value: unknown, key: string): unknown {
        return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
    }

    function missing(house: RawHouse, path: string): boolean {
        return saidAbout(changed(house, [{ delete: path }])).some((line) => line.startsWith(`${path}: is missing (`));
    }

    for (const file of validFiles) {
        const house = readHouse(file);
        const settings = settingsOf(house, "");
        const jsonSchema = z.toJSONSchema(schemaOf(house), { io: "input", unrepresentable: "any" });

        it(`is told with its path when it is required, for each of the settings in ${file}`, () => {
            const required = settings.filter((path) => isRequired(jsonSchema, steps(path)));
            assert.ok(
                required.length > (schemaOf(house) === configSchema ? 30 : 5),
                `only ${required.length} required settings`,
            );
            assert.deepEqual(
                // Without its kind, it is a house of the other kind.
                required.filter((path) => path !== "cluster.kind" && !missing(house, path)),
                [],
            );
        });

        it(`is never called missing when it may be left out, for each of the settings in ${file}`, () => {
            const optional = settings.filter((path) => !isRequired(jsonSchema, steps(path)));
            assert.deepEqual(
                optional.filter((path) => missing(house, path)),
                [],
            );
        });
    }
});
