export { openAccount, refusalWords, type Account } from "./account";
export { BackupBucket, type BackupBucketArgs } from "./backup-bucket";
export { bucketGrant, challengeGrant, lockable, pullGrant, purposes, registryHost, type Purpose } from "./grants";
export { ImageRepository } from "./image-repository";
export { PreviewRole, type PreviewRoleArgs } from "./preview-role";
export { awsProvider, type AwsAccess } from "./provider";
export { ServiceUser, type ServiceUserArgs } from "./service-user";
