import type { CommonCheck } from "./places";

/** A server that is not the house's is described, and only that. */
export const externalDatabaseDescribed: CommonCheck = ({ database }) => {
    if (database === undefined) {
        return [];
    }
    const { mode, moveFrom, external } = database;
    const used = mode === "external" || moveFrom === "external";
    if (used && external === undefined) {
        return [
            {
                path: "database.external",
                wrong: "is missing",
                rule: `with ${mode === "external" ? "mode" : "moveFrom"}: external the program must know the secret with the connection, and the network of the server`,
                write: "write existingSecret: and network: below it",
            },
        ];
    }
    return !used && external !== undefined
        ? [
              {
                  path: "database.external",
                  wrong: `is described, and mode is ${mode}`,
                  rule: "a house has one server, and what it does not use would only seem to be set",
                  write: "write mode: external, or leave external out",
              },
          ]
        : [];
};

/** Data moves from one server to another. */
export const databaseMovesElsewhere: CommonCheck = ({ database }) =>
    database === undefined || database.moveFrom !== database.mode
        ? []
        : [
              {
                  path: "database.moveFrom",
                  wrong: `is ${database.mode}, and so is mode`,
                  rule: "it says who ran the server before mode was changed",
                  write: "write the mode of before, or leave moveFrom out where the data has moved",
              },
          ];
