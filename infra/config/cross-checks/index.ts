import type { ConfigIssue } from "../issues";
import { checksumHasItsLength, imageHasGraphics, imageIsDated, imageIsForTheProcessor } from "./image";
import { addressesInTheirNetwork, disjointNetworks, distinctVlans, roomForPods } from "./networks";
import type { CrossCheck, SoundAreas } from "./places";
import {
    gpuIsThereOnce,
    gpuWhereWorkloadsAre,
    hostsExist,
    memoryFits,
    oddServers,
    quorumSurvivesAnyHost,
} from "./placement";
import { dhcpInTheLan, fixedOutsideDhcp } from "./ranges";
import { blockReplicasFit, jellyfinFits } from "./replicas";
import { hostsInDomain } from "./services";
import { uniqueAddresses, uniqueNames, uniqueVmIds } from "./unique";
import { upsServerGoesLast } from "./ups";
import { volumesFit } from "./volumes";

/** The rules between fields. */
export const crossChecks: readonly CrossCheck[] = [
    uniqueNames,
    uniqueVmIds,
    uniqueAddresses,
    addressesInTheirNetwork,
    disjointNetworks,
    distinctVlans,
    roomForPods,
    dhcpInTheLan,
    fixedOutsideDhcp,
    hostsExist,
    oddServers,
    quorumSurvivesAnyHost,
    gpuIsThereOnce,
    gpuWhereWorkloadsAre,
    memoryFits,
    jellyfinFits,
    blockReplicasFit,
    volumesFit,
    hostsInDomain,
    upsServerGoesLast,
    imageHasGraphics,
    imageIsDated,
    imageIsForTheProcessor,
    checksumHasItsLength,
];

/** Everything that must agree between fields and does not, among the areas that are sound by themselves. */
export function crossIssues(config: SoundAreas): ConfigIssue[] {
    return crossChecks.flatMap((check) => check(config));
}
