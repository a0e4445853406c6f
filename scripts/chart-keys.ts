import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { keysOf, type ChartKeys } from "./chart-keys/keys";

const usage = `usage: chart-keys <folder of an unpacked chart> [<file>]

Writes the keys that the chart's default values have to <file>, default lab/charts/keys/<chart>.json. Run it when a pin in
components/versions.ts moves to another version; of Traefik, when k3s packages another chart:
  git clone https://github.com/traefik/traefik-helm-chart && git -C traefik-helm-chart checkout v40.1.0
  npm run chart-keys -- traefik-helm-chart/traefik
Which chart a release of k3s has is in its manifests/traefik.yaml: traefik-40.1.7+up40.1.0 is k3s' seventh packing of 40.1.0.`;

/** `npm run chart-keys -- <folder>` */
function main([folder, to]: readonly string[]): number {
    if (folder === undefined) {
        console.error(usage);
        return 2;
    }
    const read = (file: string): unknown => parse(readFileSync(join(folder, file), "utf8"));
    const keys: ChartKeys = keysOf(read("Chart.yaml"), read("values.yaml"));
    const file = to ?? join(__dirname, "..", "lab", "charts", "keys", `${keys.chart}.json`);
    writeFileSync(file, `${JSON.stringify(keys, undefined, 2)}\n`);
    console.log(`${file}: ${Object.keys(keys.keys).length} keys of ${keys.chart} ${keys.version}`);
    return 0;
}

process.exitCode = main(process.argv.slice(2));
