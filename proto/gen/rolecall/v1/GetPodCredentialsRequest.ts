// Original file: proto/rolecall/v1/broker.proto


export interface GetPodCredentialsRequest {
  'nodeName'?: (string);
  'podUid'?: (string);
  'namespace'?: (string);
  'name'?: (string);
  'heldOnly'?: (boolean);
}

export interface GetPodCredentialsRequest__Output {
  'nodeName': (string);
  'podUid': (string);
  'namespace': (string);
  'name': (string);
  'heldOnly': (boolean);
}
