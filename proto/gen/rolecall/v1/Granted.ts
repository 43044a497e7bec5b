// Original file: proto/rolecall/v1/broker.proto


export interface Granted {
  'assumptionKey'?: (string);
  'roleName'?: (string);
  'roleArn'?: (string);
}

export interface Granted__Output {
  'assumptionKey': (string);
  'roleName': (string);
  'roleArn': (string);
}
