// The loop of a Lambda runtime: node runtime.mjs FILE EXPORT
import http from "node:http";

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function asked(method, path, body) {
  return new Promise((resolve, reject) => {
    const options = { hostname, port, agent, method, path: `/2018-06-01/runtime/${path}` };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve([response.headers, Buffer.concat(chunks)]));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const [, , file, name] = process.argv;
const { [name]: handler } = await import(file);
for (;;) {
  const [headers, event] = await asked("GET", "invocation/next");
  const invocation = `invocation/${headers["lambda-runtime-aws-request-id"]}`;
  try {
    const answer = await handler(JSON.parse(event));
    await asked("POST", `${invocation}/response`, JSON.stringify(answer));
  } catch (error) {
    await asked("POST", `${invocation}/error`, JSON.stringify({ errorMessage: error.stack }));
  }
}
