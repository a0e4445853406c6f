import * as pulumi from "@pulumi/pulumi";
import type { MustSucceed } from "../components/must-succeed";
import { PullSecret } from "../components/registry";
import { Dlna } from "../components/apps/dlna";
import { ConfigurationBackup, Jellyfin, type ServerWishes } from "../components/apps/jellyfin";
import { noGpu } from "../components/gpu";
import { Library } from "../components/storage";
import { isPublic, releaseIn } from "../infra/config/jellyfin-image";
import { hasMachines, type HomelabConfig } from "../infra/config/schema";
import { apiServers } from "./api-servers";
import type { Backup } from "./backup";
import type { Base } from "./base";
import { prometheus, type Data } from "./data";
import type { Platform } from "./platform";
import { transcoding } from "./transcoding";

/** The media applications. */
export interface Media {
    readonly jellyfin: Jellyfin;
    readonly watched: readonly MustSucceed[];
}

export function media(config: HomelabConfig, ground: Base, platform: Platform, data: Data, kept: Backup): Media {
    const { providers } = ground;
    const { replicas, canary, upgradeFrom, host, exposure, plainHttp, gpu } = config.jellyfin;
    const { transcodeGiB, cacheGiB, cpuMillicores, memoryMiB } = config.jellyfin;
    const opts = { providers, protect: config.house.protectData };
    const namespace = data.jellyfin.namespace.name;
    const { block, files, graphics, entrance } = platform;
    const library = new Library("library-jellyfin", { files, namespace, namespaceName: "jellyfin" }, opts);
    const pulling = pullSecretOf(kept, ground, namespace);
    const image = imageOf(config, kept, pulling);
    const workers = transcoding(config, { namespace, image, library, platform }, opts);
    const dlna = dlnaOf(config, namespace, opts);
    const jellyfin = new Jellyfin(
        "jellyfin",
        {
            namespace,
            image,
            replicas,
            canary,
            upgradeFrom,
            resources: { cpuMillicores, memoryMiB },
            server: serverWishes(config),
            host,
            database: data.jellyfin.database,
            cache: data.jellyfin.cache,
            library,
            block,
            files,
            graphics: gpu ? graphics : noGpu,
            ingress: entrance.ingress,
            after: platform.storageProven,
            audience: exposure,
            plainHttp,
            scrapers: config.jellyfin.metrics ? [prometheus] : [],
            sizes: { transcode: `${transcodeGiB}Gi`, cache: `${cacheGiB}Gi` },
            additions: [workers, dlna].flatMap((part) => (part === undefined ? [] : [part.addition])),
        },
        opts,
    );
    workers?.start(jellyfin);
    const backup = configurationBackup(kept, jellyfin, namespace, providers);
    return { jellyfin, watched: [pulling, backup].flatMap((part) => (part === undefined ? [] : [part.watch])) };
}

function configurationBackup(
    { storage }: Backup,
    { config: configuration }: Jellyfin,
    namespace: pulumi.Input<string>,
    providers: pulumi.ProviderResource[],
): ConfigurationBackup | undefined {
    if (storage === undefined) return undefined;
    const { databases: target, keepDumpsDays: keepDays } = storage;
    const args = { configuration, target, keepDays, namespace };
    return new ConfigurationBackup("jellyfin-configuration-backup", args, { providers });
}

function dlnaOf({ jellyfin }: HomelabConfig, namespace: pulumi.Input<string>, opts: pulumi.ComponentResourceOptions) {
    const { dlna, host } = jellyfin;
    return dlna && new Dlna("dlna", { namespace, url: `http://${host}`, profiles: dlna.devices }, opts);
}

function pullSecretOf({ registry }: Backup, ground: Base, namespace: pulumi.Input<string>): PullSecret | undefined {
    if (registry === undefined) {
        return undefined;
    }
    const args = { namespace, partOf: "media", registry, apiServer: apiServers(ground.inventory) };
    return new PullSecret("registry-jellyfin", args, { providers: ground.providers });
}

function imageOf({ jellyfin }: HomelabConfig, { registry }: Backup, pulling: PullSecret | undefined) {
    const { image } = jellyfin;
    if (image === undefined) {
        return undefined;
    }
    const { repository, tag, digest } = image;
    const build = `${repository}:${tag}${digest === undefined ? "" : `@${digest}`}`;
    // The checked configuration tells it; its type cannot say so.
    const release = releaseIn(image) ?? "";
    return isPublic(image) || registry === undefined
        ? { reference: build, release }
        : { reference: pulumi.interpolate`${registry.host}/${build}`, release, pullSecret: pulling?.secretName };
}

/** What the server is told. */
function serverWishes(config: HomelabConfig): ServerWishes {
    const { serverName, administrator, metrics, libraries, acceleration } = config.jellyfin;
    return {
        name: serverName ?? config.house.name,
        metrics,
        libraries,
        administrator,
        acceleration,
        ...networksOf(config),
    };
}

/** Whose word for the address of a client is taken, and who is at home; on a cluster that was there, only where it is said. */
function networksOf(config: HomelabConfig): Pick<ServerWishes, "proxies" | "lan"> {
    if (hasMachines(config)) {
        const { pods, lan, loadBalancer } = config.network;
        /*
         * At the machines' own addresses kube-proxy gives each visitor one of the pods' network. Where nobody but the house
         * is let in, all of them are at home; with the internet among them nobody can be told to be.
         */
        const allAtHome = loadBalancer.kind === "servicelb" && config.jellyfin.exposure === "internal";
        return { proxies: [pods], lan: allAtHome ? [lan.cidr, pods] : [lan.cidr] };
    }
    const { pods, lan } = config.cluster.network ?? {};
    return { proxies: pods === undefined ? [] : [pods], lan: lan === undefined ? [] : [lan] };
}
