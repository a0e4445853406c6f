import type * as pulumi from "@pulumi/pulumi";
import { awsProvider, BackupBucket, ImageRepository } from "../infra/aws";
import type { HomelabConfig } from "../infra/config/schema";

/** What the house keeps outside its own walls. */
export interface Backup {
    /** Name of the bucket; `undefined` where none is kept. */
    readonly bucketName: pulumi.Output<string> | undefined;
    readonly repositoryUrls: readonly pulumi.Output<string>[];
}

export function backup(config: HomelabConfig): Backup {
    if (config.aws === undefined) {
        return { bucketName: undefined, repositoryUrls: [] };
    }
    const { region, endpoint, bucketPrefix, backups, repositories } = config.aws;
    const provider = awsProvider("aws", { region, endpoint });
    const bucket = backups
        ? new BackupBucket(
              "backups",
              { bucketName: `${bucketPrefix}-backups` },
              { provider, protect: config.house.protectData },
          )
        : undefined;
    const images = repositories.map(
        (repositoryName) => new ImageRepository(repositoryName.replaceAll("/", "-"), { repositoryName }, { provider }),
    );
    return { bucketName: bucket?.bucketName, repositoryUrls: images.map(({ url }) => url) };
}
