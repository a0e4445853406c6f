import { type GraphIndex, isIndexed, type Workload } from "../../model/graph-index";
import type { Field } from "../../model/field";
import { isKind } from "../../model/kind";
import type { Report } from "../../model/report";
import type { StackRule } from "../../model/rule";
import { isStorage, podVolumes, volumeMounts } from "../../model/volume";

const isJob = isKind("Job", "CronJob");

/** Folders in which programs of this kind keep their state, and with it their SQLite files. */
const stateFolders: ReadonlySet<string> = new Set(["/config", "/app/config", "/var/lib/grafana", "/app/data"]);

/** Variables that name a database server: with one, the state is there. */
const databaseVariable = /(POSTGRES|PGHOST|DATABASE_URL|DB_HOST|MYSQL|MARIADB)/i;

export const sqliteNotOnNetworkFiles: StackRule = {
    kind: "stack",
    name: "sqlite-not-on-network-files",
    level: "mandatory",
    severity: "high",
    description: "The state folder of a program without a database server is on block storage, not on a file server.",
    incident:
        "Programs with their SQLite files on NFS stopped with 'database is locked', and after a lost connection with a " +
        "corrupt file: SQLite relies on locks that a file server does not keep through its restart.",
    instead: "a claim of the block storage for /config, or a database server named in the environment.",
    applies: (type) => isIndexed(type) || isStorage(type),
    check(graph, report) {
        for (const workload of graph.workloads) {
            // What runs to its end copies files; it keeps no state in them, and holds no lock when it is away.
            if (isJob(workload.subject.fact.type)) continue;
            report.guard(workload.subject, () => checkWorkload(workload, graph, report));
        }
    },
};

function checkWorkload(workload: Workload, graph: GraphIndex, report: Report): void {
    const mounts = volumeMounts(workload).filter(({ path, readOnly }) => stateFolders.has(path) && !readOnly);
    if (mounts.length === 0) return;
    const shares = new Set(
        podVolumes(workload, graph).flatMap(({ name, networkFiles }) => (networkFiles ? [name] : [])),
    );
    for (const { container, field, volume, path } of mounts) {
        report.guard(workload.subject, () => {
            if (!shares.has(volume) || namesDatabase(container)) return;
            report.violation(workload.subject, {
                path: field.path,
                wrong: `${path} is a share of a file server, where the locks of SQLite do not hold`,
                write: "use a claim of the block storage, or name a database server in env",
            });
        });
    }
}

function namesDatabase(container: Field): boolean {
    return container
        .at("env")
        .items()
        .some((variable) => databaseVariable.test(variable.at("name").text() ?? ""));
}
