import { eachContainer, runsPods } from "../../model/containers";
import type { Field } from "../../model/field";
import { isKind } from "../../model/kind";
import type { ResourceRule } from "../../model/rule";
import { type Subject, kubernetesType } from "../../model/subject";
import type { Report } from "../../model/report";

const isConfigMap = isKind("ConfigMap");

export const noDeletingSync: ResourceRule = {
    kind: "resource",
    name: "no-deleting-sync",
    level: "mandatory",
    severity: "critical",
    description: "No command deletes in a local folder what is gone at the source: no rclone sync, no --delete.",
    incident:
        "A nightly `rclone sync` into the library did what it says: films that had been removed at the source were deleted " +
        "at home as well, and the source had been emptied by mistake.",
    instead: "rclone copy or move; or --backup-dir together with --max-delete.",
    applies: (type) => runsPods(type) || isConfigMap(type),
    check(subject, report) {
        if (kubernetesType(subject.fact.type)?.kind === "ConfigMap") {
            const data = subject.object.at("data");
            report.guard(subject, () => {
                for (const key of data.keys())
                    checkText(subject, data.at(key), () => data.at(key).text() ?? "", report);
            });
            return;
        }
        eachContainer(subject, report, (container) => {
            const words = () => [...container.at("command").items(), ...container.at("args").items()];
            checkText(
                subject,
                container,
                () =>
                    words()
                        .map((word) => word.text() ?? "")
                        .join(" "),
                report,
            );
        });
    },
};

function checkText(subject: Subject, at: Field, read: () => string, report: Report): void {
    report.guard(subject, () => {
        const commands = read()
            .replaceAll("\\\n", " ")
            .split(/[\n;|&]/);
        for (const command of commands.filter(deletes)) {
            report.violation(subject, {
                path: at.path,
                wrong: `\`${command.trim()}\` deletes at home what is gone at the source`,
                write: "copy or move instead, or add --backup-dir and --max-delete",
            });
        }
    });
}

function deletes(command: string): boolean {
    const syncs = /\brclone\b.*\s(sync|bisync)\s/.test(command) && !/\s--dry-run\b/.test(command);
    const removes = /\b(rsync|rclone)\b.*\s--delete(-\w+)*\b/.test(command);
    if (!syncs && !removes) return false;
    if (/\s--backup-dir\b/.test(command) && /\s--max-delete\b/.test(command)) return false;
    // `remote:path` at the end: a copy elsewhere, of which the house has the original.
    const target =
        command
            .split(/\s+/)
            .filter((word) => word !== "" && !word.startsWith("-"))
            .at(-1) ?? "";
    return !/^["']?[\w-]+:/.test(target);
}
