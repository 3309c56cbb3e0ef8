// Runs the TypeScript client of the documentation, as follower.py does the Python one.
import { follow, Refused } from "../../docs/clients/follow.ts";

const { host, live, tokens, list, document, variables } = JSON.parse(process.argv[2]!);
const tell = (line: object) => console.log(JSON.stringify(line));

async function snapshot(): Promise<string> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${tokens[0]}` };
  const body = JSON.stringify({ query: list, variables });
  const answered = await fetch(`http://${host}/graphql`, { method: "POST", headers, body });
  const group = (await answered.json()).data.node;
  tell({ snapshot: group.posts.edges.map((edge: { node: { title: string } }) => edge.node.title).reverse() });
  return group.postCursor;
}

const address = `ws://${live}/graphql`;
const token = async () => (tokens.length > 1 ? tokens.shift() : tokens[0]);
const apply = (events: { post: { title: string } }[]) => events.forEach((event) => tell({ event: event.post.title }));
try {
  await follow({ address, token, document, variables, snapshot, apply });
  tell({ ended: "revoked" });
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  tell({ ended: "refused", why: error.message });
}
