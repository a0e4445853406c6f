import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { charts as pins } from "../../components/versions";
import { hasMachines } from "../../infra/config/schema";
import { parseConfig } from "../../infra/config/parse";
import { checkValues, type ChartKeys } from "../../lab/charts/values";
import { isRecord } from "../../lab/plain-values";
import { readHouse, validFiles } from "../infra/config/houses";
import { at, ofType, type Graph } from "../support/graph";
import { captureHouse } from "../support/stack-graph";

const folder = join(__dirname, "..", "..", "lab", "charts", "keys");
const known = readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as ChartKeys);

interface Given {
    readonly chart: string;
    readonly version: string;
    readonly values: Record<string, unknown>;
}

function releases(graph: Graph): Given[] {
    return ofType(graph, "kubernetes:helm.sh/v3:Release").map((release) => {
        const values = at(release, "values");
        return {
            chart: String(at(release, "chart")),
            version: String(at(release, "version")),
            values: isRecord(values) ? values : {},
        };
    });
}

function keysOf({ chart, version }: Given): ChartKeys {
    const found = known.find((one) => one.chart === chart && one.version === version);
    assert.ok(found, `lab/charts/keys has no ${chart} ${version}; npm run chart-keys`);
    return found;
}

/** Every way to misspell one key at one place; below a list or an open map anything goes. */
function misspelt(values: Record<string, unknown>): Record<string, unknown>[] {
    return Object.entries(values).flatMap(([key, value]) => {
        const others = Object.fromEntries(Object.entries(values).filter(([other]) => other !== key));
        const below = isRecord(value) ? misspelt(value).map((inner) => ({ ...values, [key]: inner })) : [];
        return [{ ...others, [`${key}x`]: value }, ...below];
    });
}

describe("the values given to charts", function () {
    this.timeout(60_000);
    const houses = validFiles.flatMap((file) => {
        const config = parseConfig(readHouse(file));
        return hasMachines(config) ? [{ file, config }] : [];
    });
    const given: { file: string; releases: Given[] }[] = [];
    before(async () => {
        for (const { file, config } of houses) {
            given.push({ file, releases: releases(await captureHouse("dev", config)) });
        }
    });

    it("are known to the pinned version of each chart, in every valid house", () => {
        for (const { file, releases: all } of given) {
            assert.ok(all.length >= 2, file);
            for (const one of all) assert.doesNotThrow(() => checkValues(keysOf(one), one.values), file);
        }
    });

    it("are refused when any key is misspelt anywhere", () => {
        const open = /^(affinity|nodeSelector|node_selector|labels|annotations|resources|map)$/;
        let tried = 0;
        for (const one of given.flatMap(({ releases: all }) => all)) {
            const closed = Object.fromEntries(Object.entries(one.values).filter(([key]) => !open.test(key)));
            for (const wrong of misspelt(withoutOpen(closed, open))) {
                assert.throws(() => checkValues(keysOf(one), wrong), /no such value in chart/, JSON.stringify(wrong));
                tried += 1;
            }
        }
        assert.ok(tried > 50, `only ${tried} were tried`);
    });

    it("can be held against a file of keys for each chart that the house pins, of its very version", () => {
        for (const { chart, version } of Object.values(pins)) keysOf({ chart, version, values: {} });
    });
});

function withoutOpen(values: Record<string, unknown>, open: RegExp): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(values).flatMap(([key, value]): [string, unknown][] =>
            open.test(key) ? [] : [[key, isRecord(value) ? withoutOpen(value, open) : value]],
        ),
    );
}
