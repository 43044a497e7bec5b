// Original file: proto/rolecall/v1/broker.proto

export const Tokens = {
  TOKENS_UNSPECIFIED: 'TOKENS_UNSPECIFIED',
  TOKENS_REQUIRED: 'TOKENS_REQUIRED',
  TOKENS_OPTIONAL: 'TOKENS_OPTIONAL',
} as const;

export type Tokens =
  | 'TOKENS_UNSPECIFIED'
  | 0
  | 'TOKENS_REQUIRED'
  | 1
  | 'TOKENS_OPTIONAL'
  | 2

export type Tokens__Output = typeof Tokens[keyof typeof Tokens]
