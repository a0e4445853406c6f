export { Database } from "./database";
export { Postgres, type PostgresArgs } from "./postgres";
export { Redis, type RedisArgs } from "./redis";
