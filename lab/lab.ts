import { existsSync } from "node:fs";
import { readHouse, stackText, type House } from "./house";
import { labPaths, type LabPaths } from "./paths";
import { labSettings, type LabSettings } from "./settings";

/** One lab as the commands see it. */
export interface Lab {
    readonly paths: LabPaths;
    readonly settings: LabSettings;
    /** Read when it is asked for, so that a house with mistakes can still be looked at and taken down; throws then. */
    readonly house: House;
}

/** @throws Error when the environment asks for what cannot be. */
export function openLab(checkout = process.cwd()): Lab {
    const paths = labPaths(checkout);
    const settings = labSettings(paths);
    return {
        paths,
        settings,
        get house() {
            return readHouse(stackText(paths, settings), settings.operators);
        },
    };
}

/** Whether this lab was ever started and not taken down. */
export function exists(paths: LabPaths): boolean {
    return existsSync(paths.stackFile);
}
