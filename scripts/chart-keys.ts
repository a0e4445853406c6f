import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { chartKeys, type ChartKeys } from "./chart-keys/keys";

/** Where the tests and the lab's stand-ins read what a chart knows. */
export const FOLDER = join(__dirname, "..", "lab", "charts", "keys");

const USAGE = `npm run chart-keys -- --repository <url> <archive.tgz>

Writes what values a version of a chart knows into lab/charts/keys/<chart>.json. After a chart is moved in
components/versions.ts, get its archive and give it here:

  helm pull <chart> --repo <url> --version <version>
`;

/**
 * Reads the archive of a chart, as \`helm pull\` leaves it. Needs \`tar\`.
 * @throws Error when it is no archive of a chart
 */
export function readArchive(archive: string, repository: string): ChartKeys {
    const files = execFileSync("tar", ["-tzf", archive], { encoding: "utf8" }).split("\n");
    const text = (file: string): string | undefined => {
        // Its own files lie one folder deep; those of the charts inside it lie deeper.
        const path = files.find((entry) => entry.split("/").length === 2 && entry.endsWith(`/${file}`));
        return path && execFileSync("tar", ["-xzOf", archive, path], { encoding: "utf8", maxBuffer: 64 << 20 });
    };
    const [about, valuesText, schema] = [text("Chart.yaml"), text("values.yaml"), text("values.schema.json")];
    if (about === undefined) throw new Error(`${archive}: has no Chart.yaml; give the archive of a Helm chart`);
    return chartKeys({
        about: parse(about),
        values: parse(valuesText ?? ""),
        valuesText: valuesText ?? "",
        ...(schema === undefined ? {} : { schema: JSON.parse(schema) as unknown }),
        repository,
    });
}

function main(): number {
    const { values, positionals } = parseArgs({
        options: { repository: { type: "string" }, to: { type: "string" } },
        allowPositionals: true,
    });
    if (positionals.length === 0) {
        console.error(USAGE);
        return 2;
    }
    for (const archive of positionals) {
        const found = readArchive(archive, values.repository ?? "");
        const file = join(values.to ?? FOLDER, `${found.chart}.json`);
        writeFileSync(file, `${JSON.stringify(found, undefined, 2)}\n`);
        console.log(`${file}: ${Object.keys(found.keys).length} values of ${found.chart} ${found.version}`);
    }
    return 0;
}

if (require.main === module) process.exitCode = main();
