export { BackupBucket } from "./backup-bucket";
export { ImageRepository } from "./image-repository";
export { awsProvider, type AwsAccess } from "./provider";
