import assert from "node:assert/strict";
import { crossChecks } from "../../../infra/config/cross-checks";
import { configSchema } from "../../../infra/config/schema";
import { invalidHouses, readHouse, validFiles } from "./houses";

describe("the rules between fields", () => {
    const sound = invalidHouses().flatMap(({ title, raw }) => {
        const result = configSchema.safeParse(raw);
        return result.success ? [{ title, config: result.data }] : [];
    });

    it("are each broken by at least one fixture, so that none is there for nothing", () => {
        const unbroken = crossChecks.filter((check) => sound.every(({ config }) => check(config).length === 0));
        assert.deepEqual(
            unbroken.map((check) => check.name),
            [],
        );
    });

    it("are each kept by every valid house", () => {
        for (const file of validFiles) {
            const config = configSchema.parse(readHouse(file));
            assert.deepEqual(
                crossChecks.flatMap((check) => check(config)),
                [],
                file,
            );
        }
    });

    it("say nothing about areas that they are not given", () => {
        assert.deepEqual(
            crossChecks.flatMap((check) => check({})),
            [],
        );
    });
});
