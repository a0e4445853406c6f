import assert from "node:assert/strict";
import {
    commonChecks,
    crossChecks,
    crossIssues,
    existingChecks,
    existingIssues,
} from "../../../infra/config/cross-checks";
import { configSchema, existingConfigSchema } from "../../../infra/config/schema";
import { volumesFit } from "../../../infra/config/cross-checks/volumes";
import { isOnExisting } from "../../../infra/config/parse";
import { changed, devHouse, invalidHouses, readHouse, validFiles, type Change } from "./houses";

describe("the rules between fields", () => {
    const sound = invalidHouses().flatMap(({ raw }) => {
        const result = configSchema.safeParse(raw);
        return result.success ? [result.data] : [];
    });
    const soundExisting = invalidHouses().flatMap(({ raw }) => {
        const result = existingConfigSchema.safeParse(raw);
        return result.success ? [result.data] : [];
    });

    it("are each broken by at least one fixture, so that none is there for nothing", () => {
        const unbroken = [
            ...crossChecks.filter((check) => sound.every((config) => check(config).length === 0)),
            // The common ones are broken above; where pods go is broken in houses of both kinds.
            ...existingChecks
                .filter((check) => !commonChecks.some(({ name }) => name === check.name))
                .filter((check) => soundExisting.every((config) => check(config).length === 0)),
        ];
        assert.deepEqual(
            unbroken.map((check) => check.name),
            [],
        );
    });

    it("are each kept by every valid house", () => {
        for (const file of validFiles) {
            const raw = readHouse(file);
            const issues = isOnExisting(raw)
                ? existingIssues(existingConfigSchema.parse(raw))
                : crossIssues(configSchema.parse(raw));
            assert.deepEqual(issues, [], file);
        }
    });

    it("allow everything up to their limits", () => {
        const limits: readonly (readonly Change[])[] = [
            [{ set: "hosts[0].memoryGiB", to: 22 }],
            [
                { set: "jellyfin.replicas", to: 3 },
                { set: "cluster.agents.diskGiB", to: 104 },
            ],
            [
                { set: "storage.blockReplicas", to: 3 },
                { set: "cluster.agents.diskGiB", to: 75 },
            ],
            [{ set: "cluster.agents.diskGiB", to: 75 }],
            [
                { set: "jellyfin.workers", to: {} },
                { set: "cluster.agents.diskGiB", to: 20 },
            ],
            [{ set: "network.pods", to: "10.42.0.0/21" }],
            [{ set: "cluster.agents.machines[0].address", to: "127.0.20.254" }],
            [{ set: "network.services", to: "10.41.0.0/16" }],
            [{ set: "network.services", to: "10.43.7.0/24" }],
            [{ delete: "network.storage.vlan" }, { delete: "network.lan.vlan" }],
        ];
        for (const changes of limits) {
            assert.doesNotThrow(() => devHouse(...changes));
        }
    });

    it("count the disks of servers where these carry the workloads, and ask for the smallest that will do", () => {
        const cottage = (diskGiB: number) =>
            configSchema.parse(
                changed(readHouse("test/fixtures/valid/one-host.yaml"), [
                    { set: "cluster.servers.diskGiB", to: diskGiB },
                ]),
            );
        assert.deepEqual(volumesFit(cottage(60)), []);
        const [issue, ...others] = volumesFit(cottage(59));
        assert.equal(issue?.path, "cluster.servers.diskGiB");
        assert.match(issue.write, /^write 60 or more/);
        assert.match(issue.rule, /^every volume has its copies on 1 host,/);
        assert.deepEqual(others, []);
    });

    it("say nothing about areas that they are not given", () => {
        assert.deepEqual(
            crossChecks.flatMap((check) => check({})),
            [],
        );
        assert.deepEqual(existingIssues({}), []);
    });
});
