// A page that calls a server of another origin with connect-web, and posts what came of it.
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";

const results = [];
try {
	const set = new Uint8Array(await (await fetch("/set")).arrayBuffer());
	const service = createFileRegistry(fromBinary(FileDescriptorSetSchema, set)).getService("pb.StreamingService");
	const baseUrl = new URLSearchParams(location.search).get("server");
	for (const [name, transport] of [
		["Connect", createConnectTransport({ baseUrl })],
		["Connect, binary", createConnectTransport({ baseUrl, useBinaryFormat: true })],
		["gRPC-Web", createGrpcWebTransport({ baseUrl })],
	]) {
		const client = createClient(service, transport);
		const reply = await client.unaryEcho({ message: "hi" }, { headers: { "x-one": "1" } });
		const stream = [];
		for await (const part of client.streamResponseEcho({ message: "many" })) {
			stream.push(part.message);
		}
		results.push(`${name}: ${reply.message} ${stream}`);
	}
	const missing = await fetch(baseUrl + "/pb.Missing/Echo", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
	results.push(`${missing.status} ${(await missing.json()).code}`);
} catch (e) {
	results.push(String(e) + " " + (e.stack || ""));
}
await fetch("/result", { method: "POST", body: results.join("\n") });
