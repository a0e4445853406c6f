import * as pulumi from "@pulumi/pulumi";
import { Repository } from "@pulumi/aws/ecr";

/** A repository for images of our own: a tag never moves, and each image is scanned when it is pushed. */
export class ImageRepository extends pulumi.ComponentResource {
    /** `<account>.dkr.ecr.<region>.amazonaws.com/<name>`. */
    readonly url: pulumi.Output<string>;

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
        this.url = repository.repositoryUrl;
        this.registerOutputs({ url: this.url });
    }
}
