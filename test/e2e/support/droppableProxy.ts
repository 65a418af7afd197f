import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP way to the server that can be cut: the network between one browser and the server. */
export interface DroppableProxy {
  readonly url: string;
  /** Cuts every open connection at once; new ones get through. */
  drop(): void;
  close(): Promise<void>;
}

export async function startDroppableProxy(targetUrl: string): Promise<DroppableProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [[near, far], [far, near]] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const drop = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    drop,
    close: () => {
      drop();
      return new Promise((settle) => server.close(() => settle()));
    },
  };
}
