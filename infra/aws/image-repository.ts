import * as pulumi from "@pulumi/pulumi";
import { LifecyclePolicy, Repository } from "@pulumi/aws/ecr";

/** Images without a tag go after this many days: time to notice that a tag was taken away by mistake. */
const UNTAGGED_DAYS = 30;

/** A repository for images of our own: a tag never moves, each is scanned when it is pushed, what has a tag stays. */
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

/**
 * What ECR deletes by itself, within a day. It does not know what runs: a rule that counts images with a tag ends the
 * one that pods run as soon as enough others were pushed, and no further host can pull it. A rule that spares the
 * configured tag would still end what the other pods run beside a canary, or what runs on after an upgrade that failed.
 *
 * An untagged image that a manifest list refers to (one for several architectures) stays as long as the list
 * (`docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html`).
 */
function lifecycle() {
    return [
        {
            rulePriority: 1,
            description: "what has no tag",
            selection: {
                tagStatus: "untagged",
                countType: "sinceImagePushed",
                countUnit: "days",
                countNumber: UNTAGGED_DAYS,
            },
            action: { type: "expire" },
        },
    ];
}
