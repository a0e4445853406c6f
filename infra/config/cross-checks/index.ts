import type { ConfigIssue } from "../issues";
import { databaseMovesElsewhere, externalDatabaseDescribed } from "./database";
import { bucketsAreDistinct, bucketsHaveAnAccount, imageIsInARepository, zoneHoldsDomain } from "./elsewhere";
import { gpuModelHasOneVendor, gpuVendorIsKnown } from "./gpus";
import { dlnaKnowsWhoIsAtHome, dlnaOverPlainHttp } from "./dlna";
import { checksumHasItsLength, imageHasGraphics, imageIsDated, imageIsForTheProcessor } from "./image";
import { acmeCanProve, askedServersAreElsewhere, hostsDiffer, hostsInDomain, publicIsSafe } from "./ingress";
import {
    canaryHasCompany,
    imageKnowsPostgres,
    imageTellsItsRelease,
    libraryNamesDiffer,
    upgradeIsSafe,
} from "./jellyfin";
import { addressesInTheirNetwork, disjointNetworks, distinctVlans, roomForPods, roomForServices } from "./networks";
import {
    blockReplicasFitNodes,
    clientsAreKnown,
    copiesAreLonghorns,
    librarySizeIsOfAClass,
    oneSharedStorage,
    sharedStorageIsThere,
    uniqueNodes,
} from "./existing";
import type { CommonCheck, CrossCheck, ExistingCheck, SoundAreas, SoundExistingAreas } from "./places";
import {
    gpuIsThereOnce,
    gpuWhereWorkloadsAre,
    hostsExist,
    memoryFits,
    oddServers,
    quorumSurvivesAnyHost,
} from "./placement";
import { dhcpInTheLan, fixedOutsideDhcp, loadBalancerRangeIsFree } from "./ranges";
import { blockReplicasFit, databaseInstancesFit, jellyfinFits } from "./replicas";
import { resolversOnce, resolversOutsideTheCluster, routerIsNoUpstream } from "./resolvers";
import { workersHaveGpus } from "./transcode-workers";
import { uniqueAddresses, uniqueNames, uniqueSshKeys, uniqueVmIds } from "./unique";
import { haHasQuorum, haLetsMachinesGo } from "./ha";
import { upsServerGoesLast } from "./ups";
import { severalServersShareAnAddress } from "./virtual-address";
import { volumesFit } from "./volumes";
import type { PlacementCheck } from "./workplaces";

/** The rules between fields that are the same in every house. */
export const commonChecks: readonly CommonCheck[] = [
    hostsInDomain,
    hostsDiffer,
    askedServersAreElsewhere,
    acmeCanProve,
    publicIsSafe,
    dlnaOverPlainHttp,
    externalDatabaseDescribed,
    databaseMovesElsewhere,
    bucketsHaveAnAccount,
    bucketsAreDistinct,
    zoneHoldsDomain,
    imageIsInARepository,
    imageTellsItsRelease,
    imageKnowsPostgres,
    upgradeIsSafe,
    canaryHasCompany,
    libraryNamesDiffer,
];

/** The rules about where pods go, which are the same in every house. */
export const placementChecks: readonly PlacementCheck[] = [
    gpuModelHasOneVendor,
    jellyfinFits,
    workersHaveGpus,
    databaseInstancesFit,
];

/** The rules between fields of a house that builds its cluster, the common ones included. */
export const crossChecks: readonly CrossCheck[] = [
    uniqueNames,
    uniqueVmIds,
    uniqueAddresses,
    uniqueSshKeys,
    addressesInTheirNetwork,
    disjointNetworks,
    distinctVlans,
    roomForPods,
    roomForServices,
    dhcpInTheLan,
    fixedOutsideDhcp,
    loadBalancerRangeIsFree,
    routerIsNoUpstream,
    resolversOutsideTheCluster,
    resolversOnce,
    hostsExist,
    oddServers,
    severalServersShareAnAddress,
    quorumSurvivesAnyHost,
    gpuIsThereOnce,
    gpuWhereWorkloadsAre,
    gpuVendorIsKnown,
    ...placementChecks,
    memoryFits,
    blockReplicasFit,
    volumesFit,
    upsServerGoesLast,
    haHasQuorum,
    haLetsMachinesGo,
    dlnaKnowsWhoIsAtHome,
    ...commonChecks,
    imageHasGraphics,
    imageIsDated,
    imageIsForTheProcessor,
    checksumHasItsLength,
];

/** Everything that must agree between fields and does not, among the areas that are sound by themselves. */
export function crossIssues(config: SoundAreas, unsound?: ReadonlySet<PropertyKey>): ConfigIssue[] {
    return crossChecks.flatMap((check) => check(config, unsound));
}

/** The rules between fields of a house on an existing cluster, the common ones included. */
export const existingChecks: readonly ExistingCheck[] = [
    uniqueNodes,
    ...placementChecks,
    sharedStorageIsThere,
    oneSharedStorage,
    blockReplicasFitNodes,
    copiesAreLonghorns,
    librarySizeIsOfAClass,
    clientsAreKnown,
    ...commonChecks,
];

/** The same as {@link crossIssues}, of a house on an existing cluster. */
export function existingIssues(config: SoundExistingAreas, unsound?: ReadonlySet<PropertyKey>): ConfigIssue[] {
    return existingChecks.flatMap((check) => check(config, unsound));
}
