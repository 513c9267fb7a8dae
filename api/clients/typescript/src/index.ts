// A small typed client: any typed document in, its data out. The documents and their types are
// generated from the SDL; Apollo Client and urql take the same documents.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

export * from './generated.js';

/** An error of an answer, as it came. */
export interface AnswerError {
  readonly message: string;
  readonly path?: ReadonlyArray<string | number>;
  readonly extensions?: {
    readonly code?: string;
    readonly requestId?: string;
    readonly retryable?: boolean;
    readonly retryAfter?: number;
  };
}

/** The server answered with errors; the first one speaks for all. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  /** As docs/api.md lists them; `NO_ANSWER` where the server gave none, or none of GraphQL. */
  readonly code: string;
  /** To be found in the server's log. */
  readonly requestId: string | undefined;
  /** Whether the same operation may succeed later. */
  readonly retryable: boolean;
  /** Seconds until it is worth trying again, where the server says so. */
  readonly retryAfter: number | undefined;
  /** All errors. */
  readonly errors: ReadonlyArray<AnswerError>;
  /** What was answered all the same. */
  readonly data: unknown;

  constructor(errors: ReadonlyArray<AnswerError>, data?: unknown, cause?: unknown) {
    const first = errors[0];
    super(first?.message ?? 'No answer', { cause });
    this.code = first?.extensions?.code ?? 'UNKNOWN';
    this.requestId = first?.extensions?.requestId;
    this.retryable = first?.extensions?.retryable ?? false;
    this.retryAfter = first?.extensions?.retryAfter;
    this.errors = errors;
    this.data = data;
  }
}

export interface Options {
  /** For services. */
  readonly apiKey?: string;
  /** A JSON web token, for a shopper. */
  readonly token?: string;
  /** Milliseconds to wait for an answer; 10,000 by default. */
  readonly timeout?: number;
  /** In place of the global one. */
  readonly fetch?: typeof fetch;
}

export class Catalograph {
  readonly #url: string;
  readonly #options: Options;
  readonly #headers: Record<string, string>;

  /** `url` is the server's, such as `http://127.0.0.1:8000`; `/graphql` is added if need be. */
  constructor(url: string, options: Options = {}) {
    const base = url.replace(/\/+$/, '');
    this.#url = base.endsWith('/graphql') ? base : `${base}/graphql`;
    this.#options = options;
    this.#headers = {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      ...(options.apiKey === undefined ? {} : { 'x-api-key': options.apiKey }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    };
  }

  /** Send an operation; throws an `OperationError` where there are errors. */
  async ask<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    ...[variables]: Record<string, never> extends Variables ? [Variables?] : [Variables]
  ): Promise<Data> {
    const { timeout = 10_000, fetch: send = fetch } = this.#options;
    let answer: { data?: Data | null; errors?: ReadonlyArray<AnswerError> };
    try {
      const response = await send(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body: JSON.stringify({ query: print(document), variables }),
        signal: AbortSignal.timeout(timeout),
      });
      answer = (await response.json()) as typeof answer;
    } catch (cause) {
      const message = `The server at ${this.#url} gave no answer of GraphQL.`;
      throw new OperationError([{ message, extensions: { code: 'NO_ANSWER', retryable: true } }], undefined, cause);
    }
    if (answer.errors?.length) throw new OperationError(answer.errors, answer.data);
    if (!answer.data) {
      const message = `The answer of ${this.#url} is none of GraphQL.`;
      throw new OperationError([{ message, extensions: { code: 'NO_ANSWER' } }]);
    }
    return answer.data;
  }
}
