import type { ChartStandIn } from "./chart";
import operatorKeys from "./keys/cloudnative-pg.json";
import pluginKeys from "./keys/plugin-barman-cloud.json";
import { definition, deployment } from "./objects";
import { checkValues } from "./values";

const DEFINITIONS = [
    ["Cluster", "clusters"],
    ["Database", "databases"],
    ["DatabaseRole", "databaseroles"],
    ["Backup", "backups"],
    ["ScheduledBackup", "scheduledbackups"],
] as const;

/** CloudNativePG: its definitions and its pod; no cluster is made. */
export const cloudNativePg: ChartStandIn = {
    chart: operatorKeys.chart,
    version: operatorKeys.version,
    appVersion: operatorKeys.appVersion,
    render({ values }) {
        checkValues(operatorKeys, values);
        const image = `ghcr.io/cloudnative-pg/cloudnative-pg:${operatorKeys.appVersion}`;
        return {
            crds: DEFINITIONS.map(([kind, plural]) =>
                definition("postgresql.cnpg.io", "v1", kind, plural, "Namespaced"),
            ),
            objects: [deployment({ name: "cloudnative-pg", image })],
        };
    },
};

/** The plugin that keeps archives: its definition and its pod; nothing is kept. */
export const pluginBarmanCloud: ChartStandIn = {
    chart: pluginKeys.chart,
    version: pluginKeys.version,
    appVersion: pluginKeys.appVersion,
    render({ values }) {
        checkValues(pluginKeys, values);
        const image = `ghcr.io/cloudnative-pg/plugin-barman-cloud:${pluginKeys.appVersion}`;
        return {
            crds: [definition("barmancloud.cnpg.io", "v1", "ObjectStore", "objectstores", "Namespaced")],
            objects: [deployment({ name: "plugin-barman-cloud", image })],
        };
    },
};
