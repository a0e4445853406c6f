import * as pulumi from "@pulumi/pulumi";
import { LifecyclePolicy, Repository } from "@pulumi/aws/ecr";

/** Images without a tag, left behind by a broken push, go after this many days. */
const UNTAGGED_DAYS = 7;
/** So many images stay: enough to go back to, and no more than is paid for without thinking. */
const KEPT_IMAGES = 20;

/** A repository for images of our own: a tag never moves, each image is scanned when it is pushed, old ones go. */
export class ImageRepository extends pulumi.ComponentResource {
    /** `<account>.dkr.ecr.<region>.amazonaws.com/<name>`. */
    readonly url: pulumi.Output<string>;
    readonly arn: pulumi.Output<string>;

    constructor(name: string, args: { readonly repositoryName: string }, opts?: pulumi.ComponentResourceOptions) {
        super("homelab:aws:ImageRepository", name, { repositoryName: args.repositoryName }, opts);
        const repository = new Repository(
            `${name}-repository`,
            {
                name: args.repositoryName,
                imageTagMutability: "IMMUTABLE",
                imageScanningConfiguration: { scanOnPush: true },
                encryptionConfigurations: [{ encryptionType: "AES256" }],
            },
            { parent: this },
        );
        new LifecyclePolicy(
            `${name}-lifecycle`,
            { repository: repository.name, policy: JSON.stringify({ rules: lifecycle() }) },
            { parent: this },
        );
        this.url = repository.repositoryUrl;
        this.arn = repository.arn;
        this.registerOutputs({ url: this.url });
    }
}

/** In the order in which ECR applies them; the one for any image must be the last. */
function lifecycle() {
    const expire = { type: "expire" };
    return [
        {
            rulePriority: 1,
            description: "what a broken push left",
            selection: {
                tagStatus: "untagged",
                countType: "sinceImagePushed",
                countUnit: "days",
                countNumber: UNTAGGED_DAYS,
            },
            action: expire,
        },
        {
            rulePriority: 2,
            description: "old images",
            selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: KEPT_IMAGES },
            action: expire,
        },
    ];
}
