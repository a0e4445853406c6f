import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { images as pins } from "../../../components/versions";
import { charts } from "../../../lab/charts";
import { idlingImages, PAUSE_IMAGE } from "../../../lab/images/catalogue";
import { imagesFor } from "../../../lab/images/operator-images";
import { operators } from "../../../lab/operators";
import { isRecord } from "../../../lab/plain-values";
import { ensureOperatorManifests } from "../../support/operator-manifests";
import { captureStack, stackNames } from "../../support/stack-graph";

const LAB = join(__dirname, "..", "..", "..", "lab");
const imageCatalogue = imagesFor("build", operators);
const references = new Set(imageCatalogue.map(({ reference }) => reference));

/** All texts below a key `image`, however deep. */
function imagesIn(value: unknown): string[] {
    if (Array.isArray(value)) return value.flatMap(imagesIn);
    if (!isRecord(value)) return [];
    return Object.entries(value).flatMap(([key, inner]) =>
        key === "image" && typeof inner === "string" ? [inner] : imagesIn(inner),
    );
}

function expectAll(found: readonly string[]): void {
    assert.notEqual(found.length, 0);
    const missing = [...new Set(found)].filter((reference) => !references.has(reference));
    assert.deepEqual(missing, [], "add them to lab/images/catalogue.ts");
}

describe("the catalogue of images", () => {
    for (const stack of stackNames) {
        it(`has every image that the program asks for in ${stack}`, async () => {
            const { resources } = await captureStack(stack);
            expectAll(resources.flatMap(({ props }) => imagesIn(props)));
        });
    }

    it("has every image that the program pins", () => expectAll(Object.values(pins)));

    it("has every image of the charts", async () => {
        await ensureOperatorManifests();
        const rendered = charts.map((chart) => chart.render({ name: "release", namespace: "system", values: {} }));
        expectAll(rendered.flatMap(({ objects }) => imagesIn(objects)));
    });

    it("has every image of what k3s brings along", () => {
        const folder = join(LAB, "cluster", "packaged");
        const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
        const found = sources.flatMap((text) => [...text.matchAll(/\bimage: "([^"]+)"/g)].map(([, image]) => image));
        expectAll(found.filter((image) => image !== undefined));
    });

    it("names each image once, and none by a moving tag", () => {
        assert.equal(references.size, imageCatalogue.length);
        for (const reference of references) assert.match(reference, /(:(?!latest$)[^:/]+|@sha256:[0-9a-f]{64})$/);
    });

    it("has the image that holds a pod's namespaces", () => assert.ok(references.has(PAUSE_IMAGE)));

    it("calls an image a stand-in when, and only when, another program runs in it", () => {
        const standIns = imageCatalogue.filter(({ standIn }) => standIn).map(({ reference }) => reference);
        assert.ok(standIns.includes(pins.jellyfin));
        assert.ok(!standIns.includes(pins.postgres));
        for (const { about, standIn } of imageCatalogue) {
            if (about.startsWith("Idles in the place of")) assert.ok(standIn);
        }
    });

    it("makes what an operator runs only for houses that have it, and leaves it to whoever pulls", () => {
        const without = new Set(imagesFor("build", []).map(({ reference }) => reference));
        const added = imageCatalogue.filter(({ reference }) => !without.has(reference));
        assert.ok(added.some(({ reference }) => reference === pins.postgresInstance));
        assert.equal(added.length, imageCatalogue.length - without.size);
        assert.deepEqual(imagesFor("pull", operators), idlingImages);
    });

    it("takes its own programs from files that are there", () => {
        const entries = imageCatalogue.flatMap(({ layers }) =>
            layers.flatMap((layer) => (layer.kind === "files" ? layer.entries : [])),
        );
        for (const entry of entries) {
            if (entry.kind !== "file") continue;
            const { source } = entry;
            const path = source.from === "program" ? source.path : source.from === "bundle" ? source.entry : undefined;
            if (path !== undefined) assert.ok(existsSync(join(LAB, "images", "programs", path)), path);
        }
    });
});
