import type { Rule } from "../model/rule";
import { imagePinned } from "./workloads/image-pinned";
import { noPrivilegedContainer } from "./security/no-privileged-container";
import { replicasSpreadOverHosts } from "./workloads/replicas-spread-over-hosts";
import { serviceSelectsOneWorkload } from "./network/service-selects-one-workload";
import { replicatedWorkloadHasBudget } from "./workloads/replicated-workload-has-budget";
import { budgetLetsNodeDrain } from "./workloads/budget-lets-node-drain";
import { replicasFitHosts } from "./workloads/replicas-fit-hosts";
import { noPrivilegeEscalation } from "./security/no-privilege-escalation";
import { runAsNonRoot } from "./security/run-as-non-root";
import { seccompProfileSet } from "./security/seccomp-profile-set";
import { readOnlyRoot } from "./security/read-only-root";
import { noHostNamespaces } from "./security/no-host-namespaces";
import { noHostNetwork } from "./network/no-host-network";
import { hostNetworkResolvesServices } from "./network/host-network-resolves-services";
import { stickyRouteSurvivesFailover } from "./network/sticky-route-survives-failover";
import { routeBackendExists } from "./network/route-backend-exists";
import { routesDistinct } from "./network/routes-distinct";
import { internalAppNotExposed } from "./network/internal-app-not-exposed";
import { statefulsetNamesHeadlessService } from "./network/statefulset-names-headless-service";
import { containerResourcesSet } from "./workloads/container-resources-set";
import { limitsFitRequests } from "./workloads/limits-fit-requests";
import { readinessProbeSet } from "./workloads/readiness-probe-set";
import { livenessMorePatient } from "./workloads/liveness-more-patient";
import { probePortDeclared } from "./workloads/probe-port-declared";
import { nfsPodNeedsNfsNode } from "./storage/nfs-pod-needs-nfs-node";
import { sqliteNotOnNetworkFiles } from "./storage/sqlite-not-on-network-files";
import { sharedFilesAtOnePath } from "./storage/shared-files-at-one-path";
import { claimNamesKnownClass } from "./storage/claim-names-known-class";
import { singleWriterClaimNotShared } from "./storage/single-writer-claim-not-shared";
import { hostPathListed } from "./storage/host-path-listed";
import { noApiToken } from "./security/no-api-token";
import { noWildcardRights } from "./security/no-wildcard-rights";
import { noPlainSecret } from "./security/no-plain-secret";
import { noDuplicateNames } from "./workloads/no-duplicate-names";
import { standardLabels } from "./workloads/standard-labels";
import { selectorMatchesTemplate } from "./workloads/selector-matches-template";
import { namespaceMadeHere } from "./platform/namespace-made-here";
import { namespaceAdmitsItsPods } from "./security/namespace-admits-its-pods";
import { gpuByDevicePlugin } from "./security/gpu-by-device-plugin";
import { gpuMachineComplete } from "./proxmox/gpu-machine-complete";
import { noDeletingSync } from "./storage/no-deleting-sync";
import { dnsForwardsToResolvers } from "./network/dns-forwards-to-resolvers";
import { dataProtectedAsOne } from "./storage/data-protected-as-one";
import { releasePinned } from "./platform/release-pinned";
import { bucketLocked } from "./aws/bucket-locked";
import { emptyDirLimited } from "./storage/empty-dir-limited";
import { serviceStaysInside } from "./network/service-stays-inside";
import { podsBehindNetworkPolicy } from "./network/pods-behind-network-policy";
import { jobBounded } from "./workloads/job-bounded";
import { jobReplacedWhenFailed } from "./workloads/job-replaced-when-failed";
import { imageFromKnownRegistry } from "./workloads/image-from-known-registry";
import { externalRouteHasTls } from "./network/external-route-has-tls";
import { externalRouteHasLogin } from "./network/external-route-has-login";
import { routeHealthCheckWorks } from "./network/route-health-check-works";
import { dnsKeepsHouseNames } from "./network/dns-keeps-house-names";
import { multicastOnHostNetwork } from "./network/multicast-on-host-network";
import { databaseNamesItsClients } from "./network/database-names-its-clients";
import { networkDoorHasTwoSides } from "./network/network-door-has-two-sides";
import { monitorSelectsService } from "./monitoring/monitor-selects-service";
import { monitorSeenByPrometheus } from "./monitoring/monitor-seen-by-prometheus";
import { downAlertCanFire } from "./monitoring/down-alert-can-fire";
import { replicasWatched } from "./monitoring/replicas-watched";
import { machineNamesResolvers } from "./proxmox/machine-names-resolvers";
import { noDefaultProvider } from "./platform/no-default-provider";
import { customResourceAfterItsKind } from "./platform/custom-resource-after-its-kind";
import { packagedPartNotPatched } from "./platform/packaged-part-not-patched";
import { roleTrustsOneRepository } from "./aws/role-trusts-one-repository";
import { mountNamesVolume } from "./workloads/mount-names-volume";
import { knownNodesOnly } from "./workloads/known-nodes-only";
import { autoscaledWithoutReplicas } from "./workloads/autoscaled-without-replicas";
import { pullSecretRefreshed } from "./workloads/pull-secret-refreshed";
import { sshChecksHostKeys } from "./security/ssh-checks-host-keys";
import { blockStorageSurvivesHost } from "./storage/block-storage-survives-host";
import { networkFilesMountedHard } from "./storage/network-files-mounted-hard";
import { volumesRetained } from "./storage/volumes-retained";
import { exceptionNamesRule } from "./platform/exception-names-rule";

/** Every rule of the house: the pack serves them to the engine, tests run them over a captured graph. */
export const rules: readonly Rule[] = [
    imagePinned,
    noPrivilegedContainer,
    replicasSpreadOverHosts,
    serviceSelectsOneWorkload,
    replicatedWorkloadHasBudget,
    budgetLetsNodeDrain,
    replicasFitHosts,
    noPrivilegeEscalation,
    runAsNonRoot,
    seccompProfileSet,
    readOnlyRoot,
    noHostNamespaces,
    noHostNetwork,
    hostNetworkResolvesServices,
    stickyRouteSurvivesFailover,
    routeBackendExists,
    routesDistinct,
    internalAppNotExposed,
    statefulsetNamesHeadlessService,
    containerResourcesSet,
    limitsFitRequests,
    readinessProbeSet,
    livenessMorePatient,
    probePortDeclared,
    nfsPodNeedsNfsNode,
    sqliteNotOnNetworkFiles,
    sharedFilesAtOnePath,
    claimNamesKnownClass,
    singleWriterClaimNotShared,
    hostPathListed,
    noApiToken,
    noWildcardRights,
    noPlainSecret,
    noDuplicateNames,
    standardLabels,
    selectorMatchesTemplate,
    namespaceMadeHere,
    namespaceAdmitsItsPods,
    gpuByDevicePlugin,
    gpuMachineComplete,
    noDeletingSync,
    dnsForwardsToResolvers,
    dataProtectedAsOne,
    releasePinned,
    bucketLocked,
    emptyDirLimited,
    serviceStaysInside,
    podsBehindNetworkPolicy,
    jobBounded,
    jobReplacedWhenFailed,
    imageFromKnownRegistry,
    externalRouteHasTls,
    externalRouteHasLogin,
    routeHealthCheckWorks,
    dnsKeepsHouseNames,
    multicastOnHostNetwork,
    databaseNamesItsClients,
    networkDoorHasTwoSides,
    monitorSelectsService,
    monitorSeenByPrometheus,
    downAlertCanFire,
    replicasWatched,
    machineNamesResolvers,
    noDefaultProvider,
    customResourceAfterItsKind,
    packagedPartNotPatched,
    roleTrustsOneRepository,
    mountNamesVolume,
    knownNodesOnly,
    autoscaledWithoutReplicas,
    pullSecretRefreshed,
    sshChecksHostKeys,
    blockStorageSurvivesHost,
    networkFilesMountedHard,
    volumesRetained,
    exceptionNamesRule(() => new Set(rules.map(({ name }) => name))),
];
