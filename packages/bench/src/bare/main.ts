// The limit: `node:http` that answers the same bytes to whatever it is asked, and does nothing else.
import { createServer } from "node:http";

const [port = "", body = ""] = process.argv.slice(2);

const server = createServer((request, response) => {
  const keepAlive = request.headers.connection !== "close";
  response.writeHead(200, [
    "Content-Type",
    "text/plain",
    "Content-Length",
    String(body.length),
    "Server",
    "EC2ws",
    "Connection",
    keepAlive ? "keep-alive" : "close",
  ]);
  response.end(body, "latin1");
});
server.listen(Number(port), "127.0.0.1", () => process.send?.("listening"));
process.on("disconnect", () => process.exit());
