/** `mandatory` stops a preview or an up; `advisory` is printed. */
export type Level = "mandatory" | "advisory";
