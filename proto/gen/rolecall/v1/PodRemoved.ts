// Original file: proto/rolecall/v1/broker.proto


export interface PodRemoved {
  'uid'?: (string);
}

export interface PodRemoved__Output {
  'uid': (string);
}
