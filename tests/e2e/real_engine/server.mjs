// A small OpenAI-compatible server around node-llama-cpp, for the test against a real engine: a GGUF
// file, greedy decoding, log-probabilities. Requests are answered one after another.
//
//   node server.mjs --model stories260K.gguf --port 8080
//
// Besides /health, /props, /v1/models, /v1/completions and /v1/chat/completions it answers
// GET /native/loglikelihood?context=...&continuation=...: what the engine itself says the continuation's
// probability is, computed on another path than /v1/completions (the engine's own softmax, token by
// token, instead of ours over its logits in one batch).
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import {parseArgs} from "node:util";
import {getLlama} from "node-llama-cpp";

const BODY_BYTES_MAX = 1 << 20;
const {values: flags} = parseArgs({options: {
    model: {type: "string"}, port: {type: "string", default: "8080"}, threads: {type: "string", default: "1"}
}});
const modelName = path.basename(flags.model, ".gguf");
let engine = null;  // {llama, model, sequence} once loaded
let queue = Promise.resolve();

// One request at a time has the sequence.
function alone(work) {
    const result = queue.then(work);
    queue = result.catch(() => {});
    return result;
}

async function load() {
    const llama = await getLlama({build: "never", gpu: false, skipDownload: true, progressLogs: false, logLevel: "error"});
    const model = await llama.loadModel({modelPath: flags.model});
    // Full precision: a half-precision cache makes a text's probabilities depend on how it was cut into batches.
    const context = await model.createContext({
        contextSize: model.trainContextSize, threads: Number(flags.threads), flashAttention: false,
        experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32"
    });
    engine = {llama, model, sequence: context.getSequence()};
    console.error(`loaded ${modelName}`);
}

const promptTokens = (text) => [engine.model.tokens.bos, ...(text === "" ? [] : engine.model.tokenize(text))];

// The text of tokens that follow the begin token. SentencePiece puts a space before the first word,
// which was not in the text.
function textFromStart(tokens) {
    const text = engine.model.detokenize(tokens);
    return text.startsWith(" ") ? text.slice(1) : text;
}

// Tokens one by one with the text each adds; a character that needs several tokens comes with its last.
async function* generate(prompt, tokensMax) {
    const before = promptTokens(prompt);
    await engine.sequence.clearHistory();
    const made = [];
    let said = prompt === "" ? "" : textFromStart(before.slice(1));
    for await (const token of engine.sequence.evaluate(before, {temperature: 0})) {
        made.push(token);
        const all = textFromStart([...before.slice(1), ...made]);
        if (!all.endsWith("\ufffd") || made.length === tokensMax) {
            yield {token, text: all.slice(said.length)};
            said = all;
        } else {
            yield {token, text: ""};
        }
        if (made.length >= tokensMax) return;
    }
}

// ln of the softmax over the raw logits behind each token, given everything before it.
async function distributions(tokens) {
    await engine.sequence.clearHistory();
    const rows = await engine.sequence.controlledEvaluate(
        tokens.map((token) => [token, {generateNext: {logits: true}}]));
    return rows.map((row) => {
        const logits = [...row.next.logits];
        const largest = logits.reduce((most, [, value]) => Math.max(most, value), -Infinity);
        const sum = logits.reduce((total, [, value]) => total + Math.exp(value - largest), 0);
        return new Map(logits.map(([token, value]) => [token, value - largest - Math.log(sum)]));
    });
}

const pieceOf = (token) => engine.model.detokenize([token], true, engine.model.tokens.bos === token ? undefined : [engine.model.tokens.bos]);

// logprobs of /v1/completions for prompt and answer (echo): the begin token is not part of it.
async function echoed(tokens, top) {
    const rows = await distributions(tokens);
    const out = {tokens: [], token_logprobs: [], top_logprobs: [], text_offset: []};
    for (let i = 1; i < tokens.length; ++i) {
        const row = rows[i - 1];
        out.text_offset.push(i === 1 ? 0 : textFromStart(tokens.slice(1, i)).length);
        out.tokens.push(pieceOf(tokens[i]));
        out.token_logprobs.push(row.get(tokens[i]));
        const best = [...row].sort((a, b) => b[1] - a[1]).slice(0, Math.max(1, top));
        const named = {};
        for (const [token, value] of best) named[pieceOf(token)] ??= value;
        out.top_logprobs.push(named);
    }
    return out;
}

async function nativeLoglikelihood(context, continuation) {
    const tokens = promptTokens(context + continuation);
    await engine.sequence.clearHistory();
    let sum = 0;
    let greedy = true;
    let count = 0;
    for (let i = 0; i + 1 < tokens.length; ++i) {
        const [row] = await engine.sequence.controlledEvaluate([[tokens[i], {
            generateNext: {probabilities: true, options: {temperature: 1, topK: 0, topP: 1, minP: 0}}
        }]]);
        if (i > 0 && textFromStart(tokens.slice(1, i + 1)).length < context.length) continue;
        if (i === 0 && context.length > 0) continue;
        const probabilities = row.next.probabilities;
        sum += Math.log(probabilities.get(tokens[i + 1]));
        greedy &&= probabilities.keys().next().value === tokens[i + 1];
        ++count;
    }
    return {loglikelihood: sum, greedy, tokens: count};
}

// --- HTTP ---

function sendJson(response, status, value) {
    const body = JSON.stringify(value);
    response.writeHead(status, {"content-type": "application/json", "content-length": Buffer.byteLength(body)});
    response.end(body);
}
const refuse = (response, status, message) => sendJson(response, status, {error: {message, type: "invalid_request_error"}});
const event = (response, value) => response.write(`data: ${JSON.stringify(value)}\n\n`);

// The last user message as plain text: the model has no chat template.
function promptOfMessages(messages) {
    const last = messages.filter((message) => message.role === "user").at(-1);
    const content = last?.content ?? "";
    return typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
}

// What differs between the two formats: how a piece of text and a whole reply look.
const FORMATS = {
    completions: {
        object: "text_completion", whole: "text_completion",
        piece: (text, finish) => ({index: 0, text, logprobs: null, finish_reason: finish}),
        reply: (text, finish, logprobs) => ({index: 0, text, logprobs: logprobs ?? null, finish_reason: finish})
    },
    chat: {
        object: "chat.completion.chunk", whole: "chat.completion",
        piece: (text, finish) => ({index: 0, delta: text === "" ? {} : {content: text}, finish_reason: finish}),
        reply: (text, finish) => ({index: 0, message: {role: "assistant", content: text}, finish_reason: finish})
    }
};

async function complete(request, response, format, prompt) {
    const id = `r-${Date.now().toString(36)}`;
    const tokensMax = request.max_tokens ?? request.max_completion_tokens ?? 16;
    if ((request.temperature ?? 0) !== 0) return refuse(response, 400, "only temperature 0 is served");
    const inputTokens = promptTokens(prompt).length;
    if (inputTokens + tokensMax > engine.model.trainContextSize)
        return refuse(response, 400, `more than ${engine.model.trainContextSize} tokens`);
    const head = {id, created: Math.floor(Date.now() / 1000), model: modelName};
    const usage = (made) => ({prompt_tokens: inputTokens, completion_tokens: made, total_tokens: inputTokens + made});
    const stops = [request.stop ?? []].flat();
    if (request.stream) response.writeHead(200, {"content-type": "text/event-stream", "cache-control": "no-cache"});

    let text = request.echo ? prompt : "";
    const madeTokens = [];
    let finish = "stop";
    if (tokensMax > 0) {
        for await (const piece of generate(prompt, tokensMax)) {
            if (response.destroyed) return;
            madeTokens.push(piece.token);
            text += piece.text;
            if (request.stream && piece.text !== "")
                event(response, {...head, object: format.object, choices: [format.piece(piece.text, null)]});
            if (stops.some((stop) => text.includes(stop))) break;
            if (madeTokens.length === tokensMax) finish = "length";
        }
    } else {
        finish = "length";
    }
    const made = madeTokens.length;
    const wantsLogprobs = request.echo && request.logprobs != null;
    const logprobs = wantsLogprobs ? await echoed([...promptTokens(prompt), ...madeTokens], request.logprobs) : null;
    if (!request.stream)
        return sendJson(response, 200, {...head, object: format.whole, choices: [format.reply(text, finish, logprobs)], usage: usage(made)});
    event(response, {...head, object: format.object, choices: [format.piece("", finish)]});
    if (request.stream_options?.include_usage) event(response, {...head, object: format.object, choices: [], usage: usage(made)});
    response.end("data: [DONE]\n\n");
}

// Several prompts in one request: their log-probabilities, one choice each.
async function completeEach(request, response, prompts) {
    if (!request.echo || request.logprobs == null || request.stream || (request.max_tokens ?? 16) > 1)
        return refuse(response, 400, "several prompts are only served with echo, logprobs and max_tokens 0 or 1");
    const tooLong = prompts.find((prompt) => promptTokens(prompt).length + 1 > engine.model.trainContextSize);
    if (tooLong !== undefined) return refuse(response, 400, `more than ${engine.model.trainContextSize} tokens`);
    const choices = [];
    let inputTokens = 0;
    let made = 0;
    for (const [index, prompt] of prompts.entries()) {
        const before = promptTokens(prompt);
        const after = [];
        if (request.max_tokens === 1)
            for await (const piece of generate(prompt, 1)) after.push(piece.token);
        inputTokens += before.length;
        made += after.length;
        const logprobs = await echoed([...before, ...after], request.logprobs);
        choices.push({...FORMATS.completions.reply(prompt, "length", logprobs), index});
    }
    return sendJson(response, 200, {
        id: `r-${Date.now().toString(36)}`, created: Math.floor(Date.now() / 1000), model: modelName,
        object: FORMATS.completions.whole, choices,
        usage: {prompt_tokens: inputTokens, completion_tokens: made, total_tokens: inputTokens + made}
    });
}

const POSTS = {
    "/v1/completions": (request, response) => Array.isArray(request.prompt)
        ? completeEach(request, response, request.prompt.map(String))
        : complete(request, response, FORMATS.completions, String(request.prompt ?? "")),
    "/v1/chat/completions": (request, response) => complete(request, response, FORMATS.chat, promptOfMessages(request.messages ?? []))
};
const GETS = {
    "/v1/models": () => ({object: "list", data: [{id: modelName, object: "model", owned_by: "assay-tests"}]}),
    "/props": () => ({build_info: `${engine.llama.llamaCppRelease.release} (node-llama-cpp)`})
};

async function answerPost(message, response) {
    const parts = [];
    let bytes = 0;
    for await (const part of message) {
        bytes += part.length;
        if (bytes > BODY_BYTES_MAX) return refuse(response, 413, "the request is too large");
        parts.push(part);
    }
    let request;
    try {
        request = JSON.parse(Buffer.concat(parts).toString());
    } catch (error) {
        return refuse(response, 400, `no JSON: ${error.message}`);
    }
    await alone(() => POSTS[message.url](request, response));
}

const server = http.createServer(async (message, response) => {
    try {
        if (engine === null) return sendJson(response, 503, {error: {message: "Loading model"}});
        if (message.url === "/health") return sendJson(response, 200, {status: "ok"});
        if (message.method === "GET" && message.url in GETS) return sendJson(response, 200, GETS[message.url]());
        if (message.method === "POST" && message.url in POSTS) return await answerPost(message, response);
        const url = new URL(message.url, "http://localhost");
        if (url.pathname === "/native/loglikelihood") {
            const asked = ["context", "continuation"].map((name) => url.searchParams.get(name) ?? "");
            return sendJson(response, 200, await alone(() => nativeLoglikelihood(...asked)));
        }
        refuse(response, 404, `no such path: ${message.url}`);
    } catch (error) {
        console.error(error);
        if (response.headersSent) response.destroy();
        else refuse(response, 500, String(error.message));
    }
});

process.on("SIGTERM", () => {
    server.close();
    server.closeAllConnections();
    process.exit(0);
});
if (!fs.existsSync(flags.model)) {
    console.error(`no such file: ${flags.model}`);
    process.exit(2);
}
server.listen(Number(flags.port), "127.0.0.1");
await load();
