import * as pulumi from "@pulumi/pulumi";
import type { Provider } from "@pulumi/aws";
import type { Route53Access } from "../components/certificates/route53-access";
import type { ObjectStorage, S3Target } from "../components/object-storage";
import type { RegistryAccess } from "../components/registry";
import {
    awsProvider,
    BackupBucket,
    bucketGrant,
    challengeGrant,
    ImageRepository,
    lockable,
    openAccount,
    PreviewRole,
    pullGrant,
    registryHost,
    purposes,
    ServiceUser,
    type Account,
    type Purpose,
} from "../infra/aws";
import { isPublic } from "../infra/config/jellyfin-image";
import type { Secrets } from "../infra/config/load";
import type { HomelabConfig } from "../infra/config/schema";

/** What the house keeps outside its own walls, and its keys for that. */
export interface Backup {
    /** Buckets for volumes, database dumps and etcd snapshots; `undefined` where the house keeps nothing elsewhere. */
    readonly storage: ObjectStorage | undefined;
    /** The zone in which names are proven; `undefined` where it is not at Route 53. */
    readonly route53: Route53Access | undefined;
    readonly repositories: readonly ImageRepository[];
    /** The registry that pods pull the house's own images from; `undefined` where they run none. */
    readonly registry: RegistryAccess | undefined;
    /** ARN of the role for previews. */
    readonly previewRole: pulumi.Output<string> | undefined;
}

type Aws = NonNullable<HomelabConfig["aws"]>;

/** An account at AWS that answered. */
interface OpenAws {
    readonly aws: Aws;
    readonly provider: Provider;
    readonly account: Account;
    /** First part of the names of users and roles. */
    readonly prefix: string;
    readonly protect: boolean;
}

/** @throws {pulumi.RunError} when AWS refuses the credentials; nothing was changed then. */
export async function backup(config: HomelabConfig, secrets: Secrets): Promise<Backup> {
    const { house, aws } = config;
    if (aws === undefined) {
        return {
            storage: storageOf(config, secrets, undefined),
            route53: undefined,
            repositories: [],
            registry: undefined,
            previewRole: undefined,
        };
    }
    const provider = awsProvider("aws", { region: aws.region, endpoint: aws.endpoint });
    const account = await openAccount(provider);
    const open = { aws, provider, account, prefix: `homelab-${house.name}`, protect: house.protectData };
    return {
        storage: storageOf(config, secrets, open),
        route53: aws.zone === undefined ? undefined : route53Access(open, aws.zone.hostedZoneId, house.domain),
        repositories: aws.repositories.map(
            (repositoryName) =>
                new ImageRepository(repositoryName.replaceAll("/", "-"), { repositoryName }, { provider }),
        ),
        registry: registryOf(config, open),
        previewRole: previewRole(config, open),
    };
}

/** What the pods may pull: the one repository of the image that they run. */
function registryOf({ jellyfin }: HomelabConfig, { aws, provider, account, prefix }: OpenAws) {
    if (jellyfin.image === undefined || isPublic(jellyfin.image)) {
        return undefined;
    }
    const { region, endpoint } = aws;
    const grant = pullGrant(region, account.id, [jellyfin.image.repository]);
    const user = new ServiceUser("pulls", { userName: `${prefix}-pulls`, grant }, { provider });
    const host = registryHost(region, account.id);
    const { accessKeyId, secretAccessKey } = user;
    return { host, region, endpoint, accessKeyId, secretAccessKey };
}

/** What is lost with the house, as a sentence; `undefined` where backups leave it. */
export function keptNowhereElse({ objectStorage }: HomelabConfig): string | undefined {
    return objectStorage.kind !== "none"
        ? undefined
        : `volumes, databases and the cluster's own state are kept nowhere but in the house (${objectStorage.reason})`;
}

function storageOf({ objectStorage }: HomelabConfig, secrets: Secrets, open: OpenAws | undefined) {
    switch (objectStorage.kind) {
        case "none":
            return undefined;
        case "aws":
            return open === undefined
                ? undefined
                : each((purpose) => bucketAtAws(open, purpose), objectStorage.keepDumpsDays);
        case "s3": {
            const { endpoint, region, buckets } = objectStorage;
            const [accessKeyId, secretAccessKey] = [
                secrets.objectStorageAccessKeyId ?? pulumi.secret(""),
                secrets.objectStorageSecretAccessKey ?? pulumi.secret(""),
            ];
            const server = { endpoint: endpoint.replace(/\/$/, ""), region, accessKeyId, secretAccessKey };
            return each((purpose) => ({ ...server, bucket: buckets[purpose] }), objectStorage.keepDumpsDays);
        }
    }
}

function each(target: (purpose: Purpose) => S3Target, keepDumpsDays: number): ObjectStorage {
    const [longhorn, databases, etcd] = [target("longhorn"), target("databases"), target("etcd")];
    return { longhorn, databases, etcd, keepDumpsDays };
}

function bucketAtAws({ aws, provider, prefix, protect }: OpenAws, purpose: Purpose): S3Target {
    const { region, endpoint, keepDeletedDays, lockDays } = aws;
    const bucketName = `${aws.bucketPrefix}-${purpose}`;
    const args = { bucketName, region, keepDeletedDays, lockDays: lockable.has(purpose) ? lockDays : undefined };
    const bucket = new BackupBucket(`backup-${purpose}`, args, { provider, protect });
    const grant = bucketGrant(purpose, region, bucketName);
    const user = new ServiceUser(`backup-${purpose}`, { userName: `${prefix}-${purpose}`, grant }, { provider });
    return {
        endpoint: endpoint ?? `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`,
        region,
        bucket: bucket.bucketName,
        accessKeyId: user.accessKeyId,
        secretAccessKey: user.secretAccessKey,
    };
}

function route53Access({ aws, provider, prefix }: OpenAws, hostedZoneId: string, domain: string): Route53Access {
    const grant = challengeGrant(aws.region, hostedZoneId, domain);
    const user = new ServiceUser("challenges", { userName: `${prefix}-challenges`, grant }, { provider });
    const { accessKeyId, secretAccessKey } = user;
    return { region: aws.region, hostedZoneId, accessKeyId, secretAccessKey };
}

function previewRole({ objectStorage }: HomelabConfig, { aws, provider, account, prefix }: OpenAws) {
    const { previews, region, bucketPrefix } = aws;
    if (previews === undefined) {
        return undefined;
    }
    const buckets = objectStorage.kind === "aws" ? purposes.map((purpose) => `${bucketPrefix}-${purpose}`) : [];
    const { repository, environments, tokenService, stateBucket } = previews;
    const args = { repository, environments, tokenService, stateBucket, region, buckets };
    const named = { roleName: `${prefix}-previews`, accountId: account.id, ...args };
    return new PreviewRole("previews", named, { provider }).arn;
}
