/** Of the server's superuser. It listens on the loopback interface only, and lives as long as a test run. */
export const USER = "postgres";
export const PASSWORD = "only:for@tests";

/** What the keeper is asked to do; one line each on its standard input. */
export interface Request {
  readonly task: "start" | "stop" | "crash" | "standby";
}

/** What it answers; one line each on its standard output. */
export interface Answer {
  readonly port?: number;
  readonly done?: true;
  readonly failure?: string;
}
