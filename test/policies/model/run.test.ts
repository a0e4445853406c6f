import assert from "node:assert/strict";
import { NotKnown } from "../../../policies/model/field";
import type { ResourceRule, StackRule } from "../../../policies/model/rule";
import { checkAll } from "../../../policies/model/run";
import { imagePinned } from "../../../policies/rules/workloads/image-pinned";
import { today, workload } from "../house";
import { secret } from "../preview";

const words = {
    level: "mandatory",
    severity: "low",
    description: "",
    incident: "",
    instead: "",
    applies: () => true,
} as const;
const broken: ResourceRule = {
    ...words,
    kind: "resource",
    name: "broken",
    check: (subject) => {
        const image = subject.object.at("spec", "template", "spec", "containers", 0, "image").text();
        throw new Error(`no idea what ${image ?? ""} is`);
    },
};
const brokenOverall: StackRule = {
    ...words,
    kind: "stack",
    name: "broken-overall",
    check: () => {
        throw new NotKnown(["spec"]);
    },
};

describe("a rule that fails itself", () => {
    const moving = workload({ container: { image: "jellyfin/jellyfin:latest" } });

    it("is told as broken, does not pass, and hides no other rule", () => {
        const { violations, broken: failed } = checkAll([broken, brokenOverall, imagePinned], [moving], today);
        assert.deepEqual(
            failed.map(({ rule, urn }) => [rule, urn]),
            [
                ["broken", moving.urn],
                ["broken-overall", undefined],
            ],
        );
        assert.deepEqual(
            violations.map(({ rule }) => rule),
            ["image-pinned"],
        );
    });

    it("goes on with the next resource", () => {
        assert.equal(checkAll([broken], [moving, workload()], today).broken.length, 2);
    });

    it("shows no secret in what it fails with", () => {
        const { broken: failed } = checkAll(
            [broken],
            [workload({ container: { image: secret("token-5f2e") } })],
            today,
        );
        assert.match(
            failed[0]?.message ?? "",
            /^StatefulSet media\/jellyfin: the rule broken itself is broken \(no idea what \[secret\] is\)/,
        );
    });
});
