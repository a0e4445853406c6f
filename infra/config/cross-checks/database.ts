import type { CommonCheck } from "./places";

/** A server that is not the house's is described, and only that. */
export const externalDatabaseDescribed: CommonCheck = ({ database }) => {
    if (database === undefined) {
        return [];
    }
    const { mode, external } = database;
    if (mode === "external" && external === undefined) {
        return [
            {
                path: "database.external",
                wrong: "is missing",
                rule: "with mode: external the program must know the secret with the connection, and the network of the server",
                write: "write existingSecret: and network: below it",
            },
        ];
    }
    return mode !== "external" && external !== undefined
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
