// Follow a live feed of Schoolplein: every event once and in order, whatever happens (docs/realtime.md). Copy it.
const FINAL = [4400, 4401, 4406, 4409, 4429]; // who comes back is told the same again
const PASSING = ["INTERNAL", "RATE_LIMITED", "UNAUTHENTICATED", "UNAVAILABLE"];
export class Refused extends Error {} // the service said no, and would say so again
type Frame<E> = { kind: string; cursor: string | null; retryAfterMs: number; events: E[] };
export interface Feed<E> {
  address: string;
  token: string | (() => Promise<string>); // a function answers a fresh one, for each connection
  document: string; variables: Record<string, unknown>;
  snapshot: () => Promise<string>; // takes the whole again, answers its cursor; tried again after fetch's TypeError
  apply: (events: E[]) => void; // takes in events in order: all of them or, if it throws, none; may be empty
}

/** Resolves when one may no longer follow. Rejects with Refused, and with what the callbacks throw. */
export async function follow<E>({ address, token, document, variables, snapshot, apply }: Feed<E>): Promise<void> {
  let cursor: string | null = null;
  for (let tries = 0, isOver = false; !isOver; ) {
    let wait = 500 + Math.random() * (Math.min(30_000, 1_000 * 2 ** tries++) - 500);
    try {
      cursor ??= await snapshot();
      const secret = typeof token === "string" ? token : await token();
      await listen<E>(address, secret, { query: document, variables: { ...variables, after: cursor } }, (frame) => {
        apply(frame.events);
        if (frame.kind === "BYE") wait = frame.retryAfterMs;
        else [cursor, tries, isOver] = [frame.kind === "RESYNC" ? null : frame.cursor, 0, frame.kind === "REVOKED"];
      });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    if (!isOver) await new Promise((wake) => setTimeout(wake, wait));
  }
}

/** One connection, to its end: rejects when that is final. */
function listen<E>(address: string, token: string, asked: object, take: (frame: Frame<E>) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, "graphql-transport-ws");
    const say = (message: object) => socket.send(JSON.stringify(message));
    const end = (error?: unknown) => {
      [patience, pings].forEach(clearTimeout); // it clears intervals too
      socket.onmessage = null;
      socket.close();
      error === undefined ? resolve() : reject(error);
    };
    const hear = async ({ data }: MessageEvent): Promise<void> => {
      const { type, payload } = JSON.parse(data);
      if (type === "next" || type === "pong") clearTimeout(patience);
      if (type === "connection_ack") say({ type: "subscribe", id: "1", payload: asked });
      else if (type === "ping") say({ type: "pong" });
      else if (type === "next" && payload.data) take(Object.values<Frame<E>>(payload.data)[0]!);
      else if (type === "error" && !PASSING.includes(payload[0].extensions.code)) throw new Refused(payload[0].message);
      else if (type !== "pong") end();
    };
    let patience = setTimeout(end, 10_000);
    const pings = setInterval(() => (say({ type: "ping" }), (patience = setTimeout(end, 5_000))), 12_000);
    socket.onopen = () => say({ type: "connection_init", payload: { authorization: `Bearer ${token}` } });
    socket.onmessage = (event) => void hear(event).catch(end);
    socket.onclose = ({ code, reason }) => end(FINAL.includes(code) ? new Refused(reason) : undefined);
  });
}
