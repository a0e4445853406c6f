import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { sameValue } from "../kit/diff";
import { type CheckFailure, type Diff, type DiffKind, type Properties, Unknown, type Value } from "../kit/provider";
import { containsUnknown, isProperties, jsonSetting } from "../kit/values";

export interface Settings {
    /** Text of the kubeconfig; `undefined` where it is not known yet (only in a preview). */
    readonly kubeconfig: string | undefined;
    readonly context: string | undefined;
    /** For namespaced objects that name none. */
    readonly namespace: string;
    readonly serverSideApply: boolean;
    /** Takes fields over from other managers without asking. */
    readonly patchForce: boolean;
    readonly secretMutable: boolean;
    readonly configMapMutable: boolean;
    readonly deleteUnreachable: boolean;
    readonly skipUpdateUnreachable: boolean;
    readonly suppressDeprecationWarnings: boolean;
    readonly upsertExistingObjects: boolean;
    /** Custom resources, too, are waited for. */
    readonly awaitAll: boolean;
}

/** Reads the settings of a provider resource; a setting wins over its environment variable. */
export function readSettings(raw: Properties, env: NodeJS.ProcessEnv = process.env): Settings {
    const flag = (name: string, variable: string, standard = false) => {
        const value = jsonSetting(raw[name]);
        return typeof value === "boolean" ? value : env[variable] ? env[variable] === "true" : standard;
    };
    const text = (name: string) => (typeof raw[name] === "string" && raw[name] !== "" ? raw[name] : undefined);
    const kubeconfig = kubeconfigText(raw["kubeconfig"]);
    const unreachable = flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE");
    return {
        kubeconfig,
        context: text("context"),
        namespace: text("namespace") ?? contextNamespace(kubeconfig, text("context")) ?? "default",
        serverSideApply: flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true),
        patchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
        secretMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
        configMapMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
        deleteUnreachable: unreachable,
        skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE") && !unreachable,
        suppressDeprecationWarnings: flag("suppressDeprecationWarnings", "PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS"),
        upsertExistingObjects: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
        awaitAll: env["PULUMI_K8S_AWAIT_ALL"] === "true",
    };
}

const flags = [
    "deleteUnreachable",
    "enableConfigMapMutable",
    "enablePatchForce",
    "enableSecretMutable",
    "enableServerSideApply",
    "skipUpdateUnreachable",
    "strictMode",
    "suppressDeprecationWarnings",
    "suppressHelmHookWarnings",
    "upsertExistingObjects",
] as const;
const texts = ["cluster", "clusterIdentifier", "context", "kubeconfig", "namespace"] as const;
/** Accepted and without effect here. */
const tuning = ["kubeClientSettings", "helmReleaseSettings", "version", "pluginDownloadURL"] as const;
const refused = ["renderYamlToDirectory", "alwaysRender"] as const;

/** Refuses settings that cannot mean anything, each at its own property. */
export function checkSettings(news: Properties, defaultProvider: boolean): CheckFailure[] {
    const failures: CheckFailure[] = [];
    const fail = (property: string, reason: string) => failures.push({ property, reason });
    for (const [name, raw] of Object.entries(news)) {
        const value = jsonSetting(raw);
        if (raw instanceof Unknown || raw === null) continue;
        if (includes(refused, name)) fail(name, "is not part of the lab's Kubernetes plugin; leave it out");
        else if (includes(flags, name) && typeof value !== "boolean")
            fail(name, `must be true or false, got ${JSON.stringify(raw)}`);
        else if (includes(texts, name) && typeof raw !== "string")
            fail(name, `must be a text, got ${JSON.stringify(raw)}`);
        else if (!includes(flags, name) && !includes(texts, name) && !includes(tuning, name) && !name.startsWith("__"))
            fail(name, "is no setting of the Kubernetes plugin");
    }
    const { kubeconfig, context } = news;
    if (typeof kubeconfig === "string" && kubeconfig !== "") {
        const problem = kubeconfigProblem(
            kubeconfig,
            typeof context === "string" && context !== "" ? context : undefined,
        );
        if (problem) fail(problem.property, problem.reason);
    }
    if (jsonSetting(news["strictMode"] ?? null) === true) {
        if (defaultProvider) fail("", "strictMode forbids the default provider; pass one to each component");
        for (const name of ["kubeconfig", "context"] as const)
            if (!news[name]) fail(name, `strictMode needs an explicit ${name}`);
    }
    return failures;
}

/** Decides whether changed settings mean another cluster: then the provider, and everything in it, is replaced. */
export function diffSettings(olds: Properties, news: Properties): Diff {
    const detailed = new Map<string, { kind: DiffKind; inputDiff: boolean }>();
    for (const name of new Set([...Object.keys(olds), ...Object.keys(news)])) {
        const [before, after] = [olds[name] ?? null, news[name] ?? null];
        const unknown = containsUnknown(after);
        if (name !== "version" && (unknown || !sameValue(before, after)))
            detailed.set(name, {
                kind: before === null ? "add" : after === null ? "delete" : "update",
                inputDiff: true,
            });
    }
    const [oldIdentity, identity] = [olds["clusterIdentifier"], news["clusterIdentifier"]];
    const replace = (name: string) => {
        const change = detailed.get(name);
        if (change) detailed.set(name, { ...change, kind: `${change.kind}-replace` as DiffKind });
    };
    if (oldIdentity && identity) {
        if (!sameValue(oldIdentity, identity)) replace("clusterIdentifier");
    } else if (differentCluster(olds, news)) {
        for (const name of ["kubeconfig", "context", "cluster"]) replace(name);
    }
    return { detailed };
}

/** A cluster has no identity of its own: it counts as another one when the active entry of the kubeconfig does. */
function differentCluster(olds: Properties, news: Properties): boolean {
    if (["kubeconfig", "context", "cluster"].some((name) => news[name] instanceof Unknown)) return true;
    const [before, after] = [activeCluster(olds), activeCluster(news)];
    return before !== undefined && after !== undefined && JSON.stringify(before) !== JSON.stringify(after);
}

function activeCluster(settings: Properties): Value | undefined {
    const config = parseKubeconfig(kubeconfigText(settings["kubeconfig"]));
    const name = settings["cluster"] || contextEntry(config, settings["context"])?.["cluster"];
    return entry(config?.["clusters"], name)?.["cluster"];
}

function contextNamespace(kubeconfig: string | undefined, context: string | undefined): string | undefined {
    const namespace = contextEntry(parseKubeconfig(kubeconfig), context)?.["namespace"];
    return typeof namespace === "string" ? namespace : undefined;
}

function contextEntry(config: Properties | undefined, context: Value | undefined): Properties | undefined {
    const found = entry(config?.["contexts"], context || config?.["current-context"])?.["context"];
    return isProperties(found) ? found : undefined;
}

function entry(list: Value | undefined, name: Value | undefined): Properties | undefined {
    return (isList(list) ? list : []).filter(isProperties).find((item) => item["name"] === name);
}

function isList(value: Value | undefined): value is Value[] {
    return Array.isArray(value);
}

function kubeconfigProblem(text: string, context: string | undefined): CheckFailure | undefined {
    const config = parseKubeconfig(kubeconfigText(text));
    if (!config) return { property: "kubeconfig", reason: "is neither the text of a kubeconfig nor the path of one" };
    if (!contextEntry(config, context)) {
        const wanted = context ?? config["current-context"] ?? "";
        return {
            property: context ? "context" : "kubeconfig",
            reason: `the kubeconfig has no context ${JSON.stringify(wanted)}`,
        };
    }
    return undefined;
}

function parseKubeconfig(text: string | undefined): Properties | undefined {
    try {
        const config = parse(text ?? "") as Value;
        return isProperties(config) ? config : undefined;
    } catch {
        return undefined;
    }
}

/** The setting may hold the text itself or, as the SDK takes it from `KUBECONFIG`, paths of which the first that is there counts. */
function kubeconfigText(setting: Value | undefined): string | undefined {
    if (typeof setting !== "string" || setting === "") return undefined;
    if (setting.includes("\n") || setting.trimStart().startsWith("{")) return setting;
    const file = setting.split(":").find((path) => existsSync(path));
    return file === undefined ? setting : readFileSync(file, "utf8");
}

function includes(names: readonly string[], name: string): boolean {
    return names.includes(name);
}
