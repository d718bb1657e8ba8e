import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** An address that follows the primary, as a virtual address, a proxy or a name does: it leads to one server, and later to another. */
export class MovingAddress {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: URL;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((incoming) => {
      const outgoing = connect(Number(this.#target.port), this.#target.hostname);
      for (const [one, other] of [
        [incoming, outgoing],
        [outgoing, incoming],
      ] as const) {
        this.#sockets.add(one);
        one.on("error", () => undefined);
        one.on("close", () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  static async open(target: string): Promise<MovingAddress> {
    const address = new MovingAddress(new URL(target));
    address.#server.listen(0, "127.0.0.1");
    await once(address.#server, "listening");
    return address;
  }

  /** The server that it leads to, by this address. */
  get url(): string {
    const url = new URL(this.#target);
    const address = this.#server.address();
    url.port = String(typeof address === "object" && address !== null ? address.port : 0);
    return url.href;
  }

  /** New connections lead to another server. Those that are there break. */
  move(target: string): void {
    this.#target = new URL(target);
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
