export { BlockStorage, longhornValues, type BlockStorageArgs } from "./block-storage";
export { FileStorage, nfsValues, type Nas } from "./file-storage";
export { Library, LIBRARY_PATH, type LibraryArgs } from "./library";
export { SharedClaim, type SharedClaimArgs } from "./shared-claim";
