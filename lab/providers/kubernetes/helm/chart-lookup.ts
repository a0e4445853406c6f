import type { ChartStandIn } from "../../../charts/chart";
import { textOf } from "../../../plain-values";
import { type CheckFailure, type Properties, Unknown } from "../../kit/provider";
import { isProperties } from "../../kit/values";

/** The stand-in that a release's `chart`, `version` and repository ask for, or what is wrong with them. */
export function findChart(
    charts: readonly ChartStandIn[],
    inputs: Properties,
): { chart: ChartStandIn | undefined; failures: CheckFailure[] } {
    const { chart: wanted, version: pin } = inputs;
    const fail = (property: string, reason: string) => ({ chart: undefined, failures: [{ property, reason }] });
    if (wanted instanceof Unknown || pin instanceof Unknown) return { chart: undefined, failures: [] };
    if (typeof wanted !== "string" || wanted === "") return fail("chart", "is missing; give the chart's name");
    const repository = isProperties(inputs["repositoryOpts"]) ? inputs["repositoryOpts"]["repo"] : undefined;
    if (!wanted.includes("/") && !repository)
        return fail(
            "repositoryOpts.repo",
            `is missing (a chart by its bare name "${wanted}" is looked for in a repository); give its address`,
        );
    const same = charts.filter((one) => one.chart === chartName(wanted));
    if (same.length === 0)
        return fail("chart", `the lab does not stand in for "${wanted}"; it knows ${known(charts)} (lab/charts/)`);
    const version = textOf(pin);
    const exact = version ? same.find((one) => plainVersion(one.version) === plainVersion(version)) : same.at(-1);
    if (!exact)
        return fail(
            "version",
            `the lab does not stand in for version ${version} of "${wanted}"; it knows ${known(same)} (lab/charts/)`,
        );
    return { chart: exact, failures: [] };
}

/** The last part of `oci://registry/path/name`, or the name itself. */
export function chartName(chart: string): string {
    return chart.split("/").at(-1) ?? chart;
}

function plainVersion(version: string): string {
    return version.replace(/^v/, "");
}

function known(charts: readonly ChartStandIn[]): string {
    return charts.map(({ chart, version }) => `${chart} ${version}`).join(", ") || "none";
}
