// Original file: proto/rolecall/v1/broker.proto


export interface AssumptionRemoved {
  'key'?: (string);
}

export interface AssumptionRemoved__Output {
  'key': (string);
}
