/** An image in a repository of ECR. */
export interface StoredImage {
    readonly digest: string;
    readonly tags: readonly string[];
    readonly ageDays: number;
}

type Count =
    | { readonly countType: "imageCountMoreThan"; readonly countNumber: number }
    | { readonly countType: "sinceImagePushed"; readonly countUnit: "days"; readonly countNumber: number };

type Tagging =
    | { readonly tagStatus: "any" | "untagged" }
    | { readonly tagStatus: "tagged"; readonly tagPatternList: readonly string[] };

/** A rule of a lifecycle policy, as far as the house may use them. */
export interface LifecycleRule {
    readonly rulePriority: number;
    readonly selection: Tagging & Count;
    readonly action: { readonly type: "expire" };
}

/**
 * The digests that ECR deletes: each rule chooses by tags first and counts what it chose, by age; what a rule of a lower
 * number has chosen by its tags, no later one deletes
 * (`docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html`).
 * @throws Error for rules that ECR refuses: a number twice, or `any` before another one.
 */
export function expired(rules: readonly LifecycleRule[], images: readonly StoredImage[]): string[] {
    const ordered = [...rules].sort((one, other) => one.rulePriority - other.rulePriority);
    if (new Set(ordered.map(({ rulePriority }) => rulePriority)).size < ordered.length)
        throw new Error("each rule has a priority of its own");
    if (ordered.slice(0, -1).some(({ selection }) => selection.tagStatus === "any"))
        throw new Error("a rule for any image is the last one");
    const taken = new Set<string>();
    return ordered.flatMap(({ selection }) => {
        const chosen = images.filter((image) => isChosen(selection, image));
        const ends = beyond(selection, chosen).filter(({ digest }) => !taken.has(digest));
        for (const { digest } of chosen) taken.add(digest);
        return ends.map(({ digest }) => digest);
    });
}

function isChosen(tagging: Tagging, { tags }: StoredImage): boolean {
    switch (tagging.tagStatus) {
        case "any":
            return true;
        case "untagged":
            return tags.length === 0;
        case "tagged":
            return tagging.tagPatternList.every((pattern) => tags.some((tag) => fits(pattern, tag)));
    }
}

/** A star stands for any letters, also none. */
function fits(pattern: string, tag: string): boolean {
    const parts = pattern.split("*").map((part) => part.replaceAll(".", "\\."));
    return new RegExp(`^${parts.join(".*")}$`).test(tag);
}

function beyond(count: Count, images: readonly StoredImage[]): readonly StoredImage[] {
    switch (count.countType) {
        case "imageCountMoreThan":
            return [...images].sort((one, other) => one.ageDays - other.ageDays).slice(count.countNumber);
        case "sinceImagePushed":
            return images.filter(({ ageDays }) => ageDays > count.countNumber);
    }
}
