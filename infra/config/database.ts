import { cidr } from "./addressing";
import { choice, count, flag, group, text } from "./field";

const external = group(
    "A PostgreSQL server that is not the house's, 14 or later, and no newer than images.postgres in components/versions.ts. Only with mode: external, or moveFrom: external.",
    {
        existingSecret: text(
            /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
            "Secret in the namespace jellyfin, made by hand, with the keys host, port, database, username and password; ca.crt where sslMode is verify-full.",
            {
                is: "the name of a secret",
                rule: "Kubernetes takes lower-case letters, digits, hyphens and dots",
                write: "write one like jellyfin-postgresql-external",
            },
        ),
        network: cidr("Network that the server is in. Pods are let out to it, on the one port."),
        port: count("Port of the server, the same as in the secret. Default: 5432.", {
            min: 1,
            max: 65535,
            rule: "it is a TCP port",
        }).default(5432),
        sslMode: choice(
            ["prefer", "require", "verify-full"],
            "What our jobs ask of the connection, in PostgreSQL's words: prefer encrypts where the server can, require always, verify-full checks the server too. Default: require.",
            "these are the modes of libpq that make sense",
        ).default("require"),
    },
);

/** PostgreSQL: who runs it, how large it is. */
export const databaseSchema = group("The databases of the programs, PostgreSQL.", {
    mode: choice(
        ["single", "ha", "external"],
        "Who runs the server. single: one pod on a replicated volume, dumped every night; a dead machine costs a restart. ha: three instances on three hosts (CloudNativePG), every change in the bucket within minutes; a killed server costs seconds, a dead machine a minute or two. external: one that you have. Default: single. To change it is a move: docs/how-to/change-the-database-mode.md.",
        "a server is one of these",
    ).default("single"),
    moveFrom: choice(
        ["single", "ha", "external", "nothing"],
        "Who ran the server before, and only while mode changes: the next up copies the data from there, counts it, and turns the programs to the new server; the old one stays beside it, closed for writing, until this is left out again. nothing: the new server begins empty, and what the old one has stays where it is. Default: none, and a change of mode is refused.",
        "data does not move by itself, and a program on an empty database begins anew",
    ).optional(),
    memoryMiB: count(
        "Memory of the server in MiB, of each instance with mode: ha; its buffers are a quarter of it. Default: 1024.",
        {
            min: 256,
            max: 65536,
            unit: "MiB",
            rule: "below 256 MiB PostgreSQL has no room for its connections",
        },
    ).default(1024),
    maxConnections: count("Most connections at a time. Default: 300: each Jellyfin keeps a pool of up to 100.", {
        min: 20,
        max: 2000,
        rule: "each connection is a process",
    }).default(300),
    exporter: flag("Whether a pod beside the database gives its figures to Prometheus. Default: true.").default(true),
    external: external.optional(),
});
