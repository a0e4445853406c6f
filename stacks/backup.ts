import type * as pulumi from "@pulumi/pulumi";
import type { Route53Access } from "../components/certificates/route53-access";
import type { ObjectStorage } from "../components/object-storage";
import { awsProvider, BackupBucket, ImageRepository } from "../infra/aws";
import type { HomelabConfig } from "../infra/config/schema";

/** What the house keeps outside its own walls. */
export interface Backup {
    /** Name of the bucket; `undefined` where none is kept. */
    readonly bucketName: pulumi.Output<string> | undefined;
    readonly repositoryUrls: readonly pulumi.Output<string>[];
    /** Buckets for volumes, database dumps and etcd snapshots; `undefined` where the house keeps nothing elsewhere. */
    readonly storage: ObjectStorage | undefined;
    /** The zone in which names are proven; `undefined` where it is not at Route 53. */
    readonly route53: Route53Access | undefined;
}

export function backup(config: HomelabConfig): Backup {
    if (config.aws === undefined) {
        return { bucketName: undefined, repositoryUrls: [], storage: undefined, route53: undefined };
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
    return {
        bucketName: bucket?.bucketName,
        repositoryUrls: images.map(({ url }) => url),
        storage: undefined,
        route53: undefined,
    };
}
