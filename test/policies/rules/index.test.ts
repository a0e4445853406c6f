import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { ResourceFact } from "../../../policies/model/fact";
import type { Violation } from "../../../policies/model/report";
import { checkAll } from "../../../policies/model/run";
import { rules } from "../../../policies/rules/index";
import { service, surroundings, today, workload } from "../house";
import { secret } from "../preview";

const folder = join(__dirname, "../../../policies/rules");

function runRules(facts: readonly ResourceFact[]): readonly Violation[] {
    return checkAll(rules, facts, today).violations;
}

describe("the rules of the house", () => {
    it("are one file each, named as the rule, and none is left out of the register", () => {
        const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
            /\/.*\.ts$/.test(file),
        );
        const named = files.map((file) => basename(file, ".ts"));
        assert.deepEqual(named.toSorted(), rules.map(({ name }) => name).toSorted());
    });

    for (const rule of rules) {
        it(`${rule.name} says in sentences what it is for`, () => {
            for (const words of [rule.description, rule.incident, rule.instead]) assert.match(words, /^\S.{30,}\.$/s);
        });

        it(`${rule.name} has a test of its own`, () => {
            const tests = readdirSync(__dirname, { recursive: true, encoding: "utf8" });
            assert.ok(tests.some((file) => basename(file) === `${rule.name}.test.ts`));
        });
    }

    it("find nothing in a good graph", () => {
        assert.deepEqual(runRules([workload(), service(), ...surroundings()]), []);
    });

    it("find every mistake of a bad graph at once, whatever else they say of it", () => {
        const container = { image: "jellyfin", securityContext: { privileged: true } };
        const found = runRules([workload({ container, pod: { affinity: null } }), service({ selector: { a: "b" } })]);
        const named = new Set(found.map(({ rule }) => rule));
        for (const rule of [
            "image-pinned",
            "no-privileged-container",
            "replicas-spread-over-hosts",
            "service-selects-one-workload",
        ]) {
            assert.ok(named.has(rule), rule);
        }
        for (const { urn } of found) {
            assert.match(urn, /^urn:pulumi:/);
        }
    });

    it("look into a secret value but never show it", () => {
        const image = secret("registry.example/token-5f2e:latest");
        const name = secret("token-77aa");
        const found = runRules([workload({ container: { image } }), service({ selector: { name } })]);
        assert.ok(found.length >= 3);
        for (const { message } of found) assert.doesNotMatch(message, /5f2e|77aa/);
        const image0 = found.find(({ rule }) => rule === "image-pinned");
        assert.match(image0?.message ?? "", /containers\[0\]\.image: \[secret\] has a tag that moves/);
    });

    it("refuse an exception without a reason, also where there is nothing to excuse", () => {
        for (const rule of rules.filter(({ applies }) => applies(workload().type))) {
            const annotations = { [`policy.homelab/allow-${rule.name}`]: "" };
            const [violation, ...others] = runRules([workload({ annotations }), service(), ...surroundings()]);
            assert.match(violation?.message ?? "", /: no reason is given .*; write it, or remove the line$/);
            assert.deepEqual(others, []);
        }
    });
});
