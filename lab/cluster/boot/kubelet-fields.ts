import { isRecord, textOf } from "../../plain-values";

// Fields of KubeletConfiguration v1beta1 of Kubernetes 1.36 (k8s.io/kubelet/config/v1beta1/types.go).
const FIELDS = new Set([
    "apiVersion", "kind", "enableServer", "staticPodPath", "podLogsDir", "syncFrequency", "fileCheckFrequency",
    "httpCheckFrequency", "staticPodURL", "staticPodURLHeader", "address", "port", "readOnlyPort", "tlsCertFile",
    "tlsPrivateKeyFile", "tlsCipherSuites", "tlsMinVersion", "tlsCurvePreferences", "rotateCertificates", "serverTLSBootstrap", "authentication",
    "authorization", "registryPullQPS", "registryBurst", "imagePullCredentialsVerificationPolicy",
    "preloadedImagesVerificationAllowlist", "eventRecordQPS", "eventBurst", "enableDebuggingHandlers",
    "enableContentionProfiling", "healthzPort", "healthzBindAddress", "oomScoreAdj", "clusterDomain", "clusterDNS",
    "streamingConnectionIdleTimeout", "nodeStatusUpdateFrequency", "nodeStatusReportFrequency", "nodeLeaseDurationSeconds",
    "imageMinimumGCAge", "imageMaximumGCAge", "imageGCHighThresholdPercent", "imageGCLowThresholdPercent",
    "volumeStatsAggPeriod", "kubeletCgroups", "systemCgroups", "cgroupRoot", "cgroupsPerQOS", "cgroupDriver",
    "cpuManagerPolicy", "singleProcessOOMKill", "cpuManagerPolicyOptions", "cpuManagerReconcilePeriod", "memoryManagerPolicy",
    "topologyManagerPolicy", "topologyManagerScope", "topologyManagerPolicyOptions", "qosReserved", "runtimeRequestTimeout",
    "hairpinMode", "maxPods", "podCIDR", "podPidsLimit", "resolvConf", "runOnce", "cpuCFSQuota", "cpuCFSQuotaPeriod",
    "nodeStatusMaxImages", "maxOpenFiles", "contentType", "kubeAPIQPS", "kubeAPIBurst", "serializeImagePulls",
    "maxParallelImagePulls", "evictionHard", "evictionSoft", "evictionSoftGracePeriod", "evictionPressureTransitionPeriod",
    "evictionMaxPodGracePeriod", "evictionMinimumReclaim", "mergeDefaultEvictionSettings", "podsPerCore",
    "enableControllerAttachDetach", "protectKernelDefaults", "makeIPTablesUtilChains", "iptablesMasqueradeBit",
    "iptablesDropBit", "featureGates", "failSwapOn", "memorySwap", "containerLogMaxSize", "containerLogMaxFiles",
    "containerLogMaxWorkers", "containerLogMonitorInterval", "configMapAndSecretChangeDetectionStrategy", "systemReserved",
    "kubeReserved", "reservedSystemCPUs", "showHiddenMetricsForVersion", "systemReservedCgroup", "kubeReservedCgroup",
    "enforceNodeAllocatable", "allowedUnsafeSysctls", "volumePluginDir", "providerID", "kernelMemcgNotification", "logging",
    "enableSystemLogHandler", "enableSystemLogQuery", "shutdownGracePeriod", "shutdownGracePeriodCriticalPods",
    "shutdownGracePeriodByPodPriority", "crashLoopBackOff", "reservedMemory", "enableProfilingHandler",
    "enableDebugFlagsHandler", "seccompDefault", "memoryThrottlingFactor", "memoryReservationPolicy", "registerWithTaints", "registerNode", "tracing",
    "localStorageCapacityIsolation", "containerRuntimeEndpoint", "imageServiceEndpoint", "failCgroupV1", "userNamespaces",
]); // prettier-ignore
const SIGNALS = new Set([
    "memory.available", "allocatableMemory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available",
    "imagefs.inodesFree", "containerfs.available", "containerfs.inodesFree", "pid.available",
]); // prettier-ignore
const RESERVABLE = new Set(["cpu", "memory", "ephemeral-storage", "pid"]);

/** Tried with kubelet 1.36: it ends for values that contradict each other, and for no name. */
const LENIENT = "a kubelet leaves it out without a word; the lab's machines refuse it";

/**
 * What a kubelet would not start with in one of its drop-ins, or would leave out where somebody meant it; `undefined`
 * where there is nothing.
 */
export function kubeletFault(values: Readonly<Record<string, unknown>>): string | undefined {
    if (values["apiVersion"] !== "kubelet.config.k8s.io/v1beta1" || values["kind"] !== "KubeletConfiguration")
        return `no kind "${textOf(values["kind"])}" is registered for version "${textOf(values["apiVersion"])}"`;
    const unknown = Object.keys(values).find((key) => !FIELDS.has(key));
    if (unknown !== undefined) return `unknown field "${unknown}" (${LENIENT})`;
    return (
        unknownKey(values, ["evictionHard", "evictionSoft", "evictionMinimumReclaim"], SIGNALS, "eviction signal") ??
        unknownKey(values, ["kubeReserved", "systemReserved"], RESERVABLE, "reserved resource") ??
        thresholds(values) ??
        shutdown(values)
    );
}

function unknownKey(
    values: Readonly<Record<string, unknown>>,
    fields: readonly string[],
    known: ReadonlySet<string>,
    what: string,
): string | undefined {
    for (const field of fields) {
        const entries = values[field];
        if (entries === undefined) continue;
        if (!isRecord(entries)) return `${field} is not a mapping`;
        const wrong = Object.entries(entries).find(([key, value]) => !known.has(key) || typeof value !== "string");
        if (wrong) return `${field}: ${wrong[0]} is no ${what}, or its value no text (${LENIENT})`;
    }
    return undefined;
}

function thresholds(values: Readonly<Record<string, unknown>>): string | undefined {
    const [high, low] = [values["imageGCHighThresholdPercent"] ?? 85, values["imageGCLowThresholdPercent"] ?? 80];
    if (typeof high !== "number" || typeof low !== "number") return "imageGC*ThresholdPercent is not a number";
    return low < high
        ? undefined
        : `imageGCLowThresholdPercent ${low} must be less than imageGCHighThresholdPercent ${high}`;
}

function shutdown(values: Readonly<Record<string, unknown>>): string | undefined {
    const byPriority = values["shutdownGracePeriodByPodPriority"];
    if (byPriority === undefined) return undefined;
    if (values["shutdownGracePeriod"] !== undefined)
        return "cannot specify both shutdownGracePeriodByPodPriority and shutdownGracePeriod";
    const isEntry = (entry: unknown): boolean =>
        isRecord(entry) && [entry["priority"], entry["shutdownGracePeriodSeconds"]].every(Number.isInteger);
    return Array.isArray(byPriority) && byPriority.every(isEntry)
        ? undefined
        : "shutdownGracePeriodByPodPriority is a list of priority and shutdownGracePeriodSeconds";
}
