import type { Operator } from "../operators";
import type { LabSettings } from "../settings";
import { goPlatform } from "../toolchain/tools";
import { bare, base, idlingImages, imageCatalogue, postgres, searchPath, tool } from "./catalogue";
import type { DebianLayer, FilesLayer, ImageRecipe } from "./recipe";

/** The operator's pods run as this user and group, which the package calls 999; `initdb` asks for the name. */
const POSTGRES = 26;

const accounts: FilesLayer = {
    kind: "files",
    entries: [
        {
            kind: "file",
            path: "/etc/passwd",
            source: {
                from: "text",
                text: `root:x:0:0:root:/root:/bin/sh\npostgres:x:${POSTGRES}:${POSTGRES}::/var/lib/postgresql:/bin/sh\n`,
            },
        },
        { kind: "file", path: "/etc/group", source: { from: "text", text: `root:x:0:\npostgres:x:${POSTGRES}:\n` } },
        { kind: "folder", path: "/var/lib/postgresql", owner: POSTGRES },
    ],
};

/** Barman's programs, which the plugin runs beside a server. */
const barman: DebianLayer = {
    kind: "debian",
    name: "barman",
    base,
    packages: ["barman-cli-cloud", "ca-certificates"],
    // It has a description of each of Amazon's services; two thirds of the image are those that are not buckets.
    without: ["[!s]*", "s[!3t]*"].map((other) => `/usr/lib/python3/dist-packages/botocore/data/${other}/*`),
};

/** What the containers of an operator and of its objects run. */
const operatorImages: Readonly<Record<Operator, readonly ImageRecipe[]>> = {
    "cloudnative-pg": [
        {
            // Renovate moves this line with `charts.cloudNativePg`.
            reference: "ghcr.io/cloudnative-pg/cloudnative-pg:1.30.0",
            about: "CloudNativePG, built from its module.",
            standIn: false,
            layers: [
                bare,
                // It looks here for the program that it gives to instances, by their architecture.
                tool(`/operator/manager_${goPlatform.arch}`, "cnpg-manager"),
                {
                    kind: "files",
                    entries: [{ kind: "link", path: "/manager", target: `operator/manager_${goPlatform.arch}` }],
                },
            ],
            entrypoint: ["/manager"],
            user: "65532:65532",
            workingFolder: "/",
        },
        {
            // Renovate moves this line with `images.postgresInstance`.
            // renovate: datasource=docker depName=ghcr.io/cloudnative-pg/postgresql versioning=loose allowedVersions=18
            reference: "ghcr.io/cloudnative-pg/postgresql:18.1-standard-trixie",
            about: "Debian's PostgreSQL 17; the operator brings the program that starts it.",
            standIn: false,
            layers: [postgres, accounts],
            environment: { PATH: searchPath("/usr/lib/postgresql/17/bin"), LANG: "C.UTF-8" },
            user: `${POSTGRES}:${POSTGRES}`,
            workingFolder: "/",
        },
    ],
    // Renovate moves these two with `charts.pluginBarmanCloud`.
    "plugin-barman-cloud": [
        {
            reference: "ghcr.io/cloudnative-pg/plugin-barman-cloud:v0.13.0",
            about: "The plugin that keeps archives, built from its module.",
            standIn: false,
            layers: [bare, tool("/manager", "plugin-barman-cloud")],
            entrypoint: ["/manager"],
            user: "65532:65532",
            workingFolder: "/",
        },
        {
            reference: "ghcr.io/cloudnative-pg/plugin-barman-cloud-sidecar:v0.13.0",
            about: "The same program beside a server, with Debian's Barman.",
            standIn: false,
            layers: [barman, accounts, tool("/manager", "plugin-barman-cloud")],
            entrypoint: ["/manager"],
            environment: { PATH: searchPath(), LANG: "C.UTF-8" },
            user: `${POSTGRES}:${POSTGRES}`,
            workingFolder: "/",
        },
    ],
    // Renovate moves these two with `charts.metalLb`.
    metallb: [
        {
            reference: "quay.io/metallb/controller:v0.16.1",
            about: "MetalLB's controller, built from its module.",
            standIn: false,
            layers: [bare, tool("/controller", "metallb-controller")],
            entrypoint: ["/controller"],
        },
        {
            reference: "quay.io/metallb/speaker:v0.16.1",
            about: "MetalLB's speaker, built from its module.",
            standIn: false,
            layers: [bare, tool("/speaker", "metallb-speaker")],
            entrypoint: ["/speaker"],
        },
    ],
};

/**
 * The images that a lab makes itself: all, or, where the vendors' are pulled, those that nobody could pull and start.
 * @param operators those of the house
 */
export function imagesFor(images: LabSettings["images"], operators: readonly Operator[]): readonly ImageRecipe[] {
    if (images === "pull") return idlingImages;
    return [...imageCatalogue, ...operators.flatMap((operator) => operatorImages[operator])];
}
