// Original file: proto/rolecall/v1/broker.proto


export interface Denied {
  'reason'?: (string);
  'detail'?: (string);
}

export interface Denied__Output {
  'reason': (string);
  'detail': (string);
}
