/** Rows of the inventory of which nothing is left that code could do wrong, each with the reason. */
export const history: Readonly<Record<string, string>> = {
    G4: "a television's profile lies in a file that the program writes itself; no object of the house holds it",
    G6: "a program crashed twice in its first scan and then no more; what it may use is asked by container-resources-set",
    T2: "whether Jellyfin serves metrics is a setting in its own database, which no object shows",
    T16: "the texts name two makers of one NAS; the house knows an address and an export",
    T17: "the texts call kubectl apply a scale; here the number is a setting",
};
