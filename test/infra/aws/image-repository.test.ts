import assert from "node:assert/strict";
import { awsProvider, ImageRepository } from "../../../infra/aws";
import { at, captureGraph, only } from "../../support/graph";
import { expired, type LifecycleRule, type StoredImage } from "./ecr-lifecycle";

/** What a year of builds leaves: 40 tags, the one that the house runs pushed first. */
const RUNNING = "sha-abc1234";
const tagged: readonly StoredImage[] = Array.from({ length: 40 }, (_, index) => ({
    digest: `sha256:${index}`,
    tags: [index === 0 ? RUNNING : `sha-${1_000_000 + index}`],
    ageDays: 400 - 10 * index,
}));
const untagged = (ageDays: number): StoredImage => ({ digest: `sha256:untagged-${ageDays}`, tags: [], ageDays });

describe("what ECR deletes of the house's own images", () => {
    let rules: readonly LifecycleRule[];
    before(async () => {
        const graph = await captureGraph(() => {
            const provider = awsProvider("aws", { region: "eu-central-1", endpoint: undefined });
            new ImageRepository("images", { repositoryName: "k3s-homelab/jellyfin-ha" }, { provider });
        });
        const policy = String(at(only(graph, "aws:ecr/lifecyclePolicy:LifecyclePolicy"), "policy"));
        ({ rules } = JSON.parse(policy) as { rules: LifecycleRule[] });
    });

    it("is none that has a tag, however many were pushed after the one that the house runs", () => {
        assert.deepEqual(expired(rules, tagged), []);
    });

    it("is what has had no tag for a month, and nothing younger", () => {
        const images = [...tagged, untagged(29), untagged(31)];
        assert.deepEqual(expired(rules, images), ["sha256:untagged-31"]);
    });

    it("would be the running image under a rule that counts them, unless a rule before it has chosen that tag", () => {
        const action = { type: "expire" } as const;
        const any = { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 20 } as const;
        const counting: LifecycleRule = { rulePriority: 2, selection: any, action };
        assert.ok(expired([counting], tagged).includes("sha256:0"));
        const running = { ...any, tagStatus: "tagged", tagPatternList: [RUNNING], countNumber: 1 } as const;
        const sparing: LifecycleRule = { rulePriority: 1, selection: running, action };
        const gone = expired([sparing, counting], tagged);
        assert.deepEqual([gone.includes("sha256:0"), gone.length], [false, 19]);
    });
});
