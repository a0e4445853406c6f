export { blockPurposes, PURPOSE_LABEL, type BlockPurpose } from "./block-classes";
export { BlockStorage } from "./block-storage";
export {
    ExistingBlockClass,
    ExistingSharedClass,
    type BlockVolumes,
    type ExistingSharedClassArgs,
    type SharedVolumes,
} from "./existing-class";
export {
    FileStorage,
    nfsFreshOptions,
    nfsValues,
    sharedClass,
    shareOf,
    type Nas,
    type NfsVersion,
} from "./file-storage";
export { Library, LIBRARY_PATH, type LibraryArgs } from "./library";
export { longhornValues, type BlockStorageArgs } from "./longhorn-values";
export { makeClass, type MadeClass } from "./made-class";
export { hangingMounts, StoragePreflight, type StoragePreflightArgs } from "./preflight";
export { PREFLIGHT_PLACES, PREFLIGHT_SCRIPT } from "./preflight-script";
export { SharedClaim, type SharedClaimArgs } from "./shared-claim";
