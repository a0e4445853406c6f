import { isKind } from "../../model/kind";
import { isRelease } from "../../model/release";
import type { ResourceRule } from "../../model/rule";

const isChart = isKind("Chart");

export const releasePinned: ResourceRule = {
    kind: "resource",
    name: "release-pinned",
    level: "mandatory",
    severity: "medium",
    description: "Every chart is installed in one exact version.",
    incident:
        "A release without a version took the newest chart on the next run: the storage driver was upgraded by two minor " +
        "versions in passing, together with an unrelated change, and could not be taken back.",
    instead: "a pin of components/versions.ts, by chartRelease.",
    applies: (type) => isRelease(type) || isChart(type),
    check(subject, report) {
        report.guard(subject, () => {
            const version = subject.object.at("version");
            const text = version.text();
            if (text !== undefined && /^v?\d+\.\d+\.\d+(-[\w.-]+)?(\+[\w.-]+)?$/.test(text)) return;
            // A chart from a file is as old as the commit.
            if (text === undefined && /^\.{0,2}\//.test(subject.object.at("chart").text() ?? "")) return;
            report.violation(subject, {
                path: version.path,
                wrong:
                    text === undefined
                        ? "names no version, so each run takes the newest"
                        : `${text} is no exact version`,
                write: "write one version in full, as components/versions.ts does",
            });
        });
    },
};
