import assert from "node:assert/strict";
import type { Graph } from "../../support/graph";
import { captureStack, stackConfig } from "../../support/stack-graph";
import { unprotectedData } from "../../support/protection";
import { today } from "../house";
import { genericMutations } from "./generic";
import { dropped, type Mutation } from "./mutation";
import { named } from "./named";
import { fates, noticed } from "./score";

describe("a safety property of the program that is taken away", function () {
    // The whole pack judges the whole graph once for each of several hundred.
    this.timeout(400_000);
    let graph: Graph;
    before(async () => {
        graph = await captureStack("prod");
    });

    const unnoticed = (mutations: readonly Mutation[]) =>
        fates(mutations, graph.resources, today).filter((fate) => !noticed(fate));

    it("is refused by a rule, whichever of the named ones it is", () => {
        assert.ok(named.length >= 80, `only ${named.length}`);
        assert.deepEqual(unnoticed(named), []);
    });

    it("is refused by a rule in every workload, line by line", () => {
        const generic = genericMutations(graph.resources);
        assert.ok(generic.length >= 120, `only ${generic.length}`);
        assert.deepEqual(unnoticed(generic), []);
    });

    it("has a name of its own", () => {
        const names = [...named, ...genericMutations(graph.resources)].map(({ name }) => name);
        assert.equal(new Set(names).size, names.length);
    });

    it("counts as unnoticed when it was not there", () => {
        assert.equal(unnoticed([dropped("nothing", "no-such-resource")]).length, 1);
    });

    it("is found by the test of the stacks when it is the protection of everything at once", () => {
        const protect = stackConfig("prod").house.protectData;
        assert.deepEqual(unprotectedData(graph.resources, protect), []);
        const bare = graph.resources.map((resource) => ({ ...resource, opts: { ...resource.opts, protect: false } }));
        assert.ok(unprotectedData(bare, protect).length >= 15);
    });
});
